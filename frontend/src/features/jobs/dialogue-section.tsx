import { Section } from "@/components/section.tsx";
import type { DetailsProps } from "@/features/jobs/evaluation-details.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Whether the model knows how conversations go on, and has the tone of what was wanted; each beside what can be had for nothing. */
export function DialogueSection({ evaluation, details: { next_turn, commonest_tone, no_tone } }: DetailsProps<"writing">) {
  const { t, format } = useI18n();
  if (!next_turn && commonest_tone === null && no_tone === null) return null;
  const figure = (name: string, metric: string) => {
    const interval = evaluation.contenders.find((contender) => contender.name === name)?.metrics[metric];
    return interval ? format.percent(interval.value) : "–";
  };
  const figures = (metric: string) => ({ tuned: figure("tuned", metric), base: figure("base", metric) });
  return (
    <Section title={t("dialogue.title")} hint={t("dialogue.hint")}>
      {next_turn && (
        <p>
          {t("dialogue.next_turn", { ...figures("next_turn_accuracy"), count: next_turn.num_others, chance: format.percent(next_turn.chance, 0) })}{" "}
          {t(`dialogue.${next_turn.verdict.outcome}`)}
        </p>
      )}
      {commonest_tone !== null && <p>{t("dialogue.tone", { ...figures("tone_agreement"), commonest: format.percent(commonest_tone) })}</p>}
      {no_tone !== null && <p>{t(`dialogue.no_tone.${no_tone}`)}</p>}
    </Section>
  );
}
