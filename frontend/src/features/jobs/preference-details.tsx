import { FoldText } from "@/components/fold-text.tsx";
import { Section } from "@/components/section.tsx";
import type { DetailsProps } from "@/features/jobs/evaluation-details.tsx";
import { ExampleList } from "@/features/jobs/example-list.tsx";
import classes from "@/features/jobs/example.module.css";
import { RowLink } from "@/features/jobs/row-link.tsx";
import { TextColumns } from "@/features/jobs/text-columns.tsx";
import type { PreferenceExample } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const HALF_PERCENT = 50;

/** What is preferred, by how much, and what is written now. */
export function PreferenceDetails({ details }: DetailsProps<"preference">) {
  const { t, format } = useI18n();
  const { examples, loss, beta } = details;
  const largest = Math.max(...examples.map(({ reward }) => Math.abs(reward)), 0);
  return (
    <Section
      title={t("preference.title")}
      hint={t("preference.hint", { loss: loss.toUpperCase(), beta: format.significant(beta), tokens: details.max_new_tokens })}
    >
      <ExampleList label={t("preference.title")} none={t("preference.none")} examples={examples} first={3}>
        {(example) => <Preferred example={example} largest={largest} />}
      </ExampleList>
    </Section>
  );
}

type Outcome = "chosen" | "rejected" | "neither" | "likes_good" | "dislikes_good" | "likes_bad" | "dislikes_bad" | "neutral";

/** Of a pair a margin, of a single answer its reward, which should be low where the answer is rejected. */
function outcomeOf({ chosen, rejected, reward }: PreferenceExample): { outcome: Outcome; isAgainst: boolean } {
  if (chosen !== null && rejected !== null) return { outcome: reward > 0 ? "chosen" : reward < 0 ? "rejected" : "neither", isAgainst: reward < 0 };
  if (reward === 0) return { outcome: "neutral", isAgainst: false };
  const isGood = rejected === null;
  return { outcome: `${reward > 0 ? "likes" : "dislikes"}_${isGood ? "good" : "bad"}`, isAgainst: reward > 0 !== isGood };
}

function Preferred({ example, largest }: { example: PreferenceExample; largest: number }) {
  const { t, format } = useI18n();
  const { row, prompt, chosen, rejected, reward, tuned, base } = example;
  const { outcome, isAgainst } = outcomeOf(example);
  const width = largest === 0 ? 0 : (Math.abs(reward) / largest) * HALF_PERCENT;
  return (
    <>
      <div className={classes["prompt"]}>
        <FoldText text={prompt} />
      </div>
      <p className={classes["meta"]}>
        <span className={classes["balance"]} aria-hidden>
          <span data-against={isAgainst || undefined} style={{ insetInlineStart: `${reward < 0 ? HALF_PERCENT - width : HALF_PERCENT}%`, width: `${width}%` }} />
        </span>
        <span>
          {t(chosen !== null && rejected !== null ? "preference.margin" : "preference.reward")} <b className="num">{format.significant(reward)}</b>
        </span>
        <span>{t(`preference.${outcome}`)}</span>
        <RowLink row={row} />
      </p>
      <TextColumns
        columns={[
          ...(chosen === null ? [] : [{ key: "chosen", name: t("preference.name_chosen"), text: chosen }]),
          ...(rejected === null ? [] : [{ key: "rejected", name: t("preference.name_rejected"), text: rejected }]),
          { key: "tuned", name: t("preference.tuned"), text: tuned },
          { key: "base", name: t("preference.base"), text: base },
        ]}
      />
    </>
  );
}
