import { FoldText } from "@/components/fold-text.tsx";
import { Section } from "@/components/section.tsx";
import type { DetailsProps } from "@/features/jobs/evaluation-details.tsx";
import { ExampleList } from "@/features/jobs/example-list.tsx";
import classes from "@/features/jobs/example.module.css";
import { HardestTexts } from "@/features/jobs/hardest-texts.tsx";
import { RowLink } from "@/features/jobs/row-link.tsx";
import { TextColumns } from "@/features/jobs/text-columns.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Plain text, token by token, and how it is gone on with. */
export function LanguageDetails({ details }: DetailsProps<"language">) {
  const { t } = useI18n();
  return (
    <>
      <Section title={t("language.title")} hint={t("language.hint")}>
        <ExampleList label={t("language.title")} none={t("language.none")} examples={details.examples} first={3}>
          {({ row, prompt, reference, tuned, base }) => (
            <>
              <div className={classes["prompt"]}>
                <FoldText text={prompt} />
              </div>
              <TextColumns
                columns={[
                  { key: "reference", name: t("language.reference"), text: reference },
                  { key: "tuned", name: t("contender.tuned"), text: tuned },
                  { key: "base", name: t("contender.base"), text: base },
                ]}
              />
              <p className="small"><RowLink row={row} /></p>
            </>
          )}
        </ExampleList>
      </Section>
      <HardestTexts texts={details.hardest} numTokens={details.num_tokens} />
    </>
  );
}
