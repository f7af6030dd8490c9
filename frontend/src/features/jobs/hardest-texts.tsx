import { FoldText } from "@/components/fold-text.tsx";
import { Section } from "@/components/section.tsx";
import { ExampleList } from "@/features/jobs/example-list.tsx";
import classes from "@/features/jobs/example.module.css";
import { RowLink } from "@/features/jobs/row-link.tsx";
import type { ScoredText } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  texts: readonly ScoredText[];
  numTokens: number;
}

/** Texts that surprise the tuned model most, token by token. */
export function HardestTexts({ texts, numTokens }: Props) {
  const { t, format } = useI18n();
  return (
    <Section title={t("hardest.title")} hint={t("hardest.hint", { count: numTokens })}>
      <ExampleList label={t("hardest.title")} none={t("hardest.none")} examples={texts}>
        {({ row, text, tuned_loss: tuned, base_loss: base }) => (
          <>
            <FoldText text={text} />
            <p className={classes["meta"]}>
              <span>
                {t("contender.tuned")} <b className="num">{format.decimal(tuned, 2)}</b>
              </span>
              <span>
                {t("contender.base")} <b className="num">{format.decimal(base, 2)}</b>
              </span>
              <RowLink row={row} />
            </p>
          </>
        )}
      </ExampleList>
    </Section>
  );
}
