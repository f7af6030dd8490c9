import type { ReactNode } from "react";

import { IntervalPlot } from "@/components/interval-plot.tsx";
import { Section } from "@/components/section.tsx";
import { ClassTable } from "@/features/jobs/class-table.tsx";
import { ConfusionMatrix } from "@/features/jobs/confusion-matrix.tsx";
import { MistakesList } from "@/features/jobs/mistakes-list.tsx";
import { VerdictLine } from "@/features/jobs/verdict-line.tsx";
import type { Evaluation } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  evaluation: Evaluation;
  /** The model itself, between the verdict and its reasons. */
  children: ReactNode;
}

export function EvaluationView({ evaluation, children }: Props) {
  const { t, format } = useI18n();
  const contenders = [...evaluation.contenders].sort((a, b) => b.accuracy.value - a.accuracy.value);
  return (
    <>
      <Section title={t("verdict.title")}>
        <VerdictLine evaluation={evaluation} />
      </Section>
      {children}
      <Section title={t("comparison.title")} hint={t("comparison.hint", { rows: evaluation.num_rows, split: t(`split.in_text.${evaluation.split}`) })}>
        <IntervalPlot
          label={t("comparison.title")}
          rows={contenders.map((contender) => ({
            key: contender.name,
            name: t(`contender.${contender.name}`),
            interval: contender.accuracy,
            isMain: contender.name === "tuned",
          }))}
        />
        <p className="small muted" style={{ marginTop: 12 }}>
          {t("comparison.calibration", { value: format.points(evaluation.expected_calibration_error).replace("+", "") })}
        </p>
      </Section>
      <Section title={t("confusion.title")} hint={t("confusion.hint")}>
        <ConfusionMatrix evaluation={evaluation} />
      </Section>
      <Section title={t("classes.title")} hint={t("classes.hint")}>
        <ClassTable scores={evaluation.per_class} />
      </Section>
      <Section title={t("mistakes.title")} hint={t("mistakes.hint")}>
        <MistakesList mistakes={evaluation.mistakes} />
      </Section>
    </>
  );
}
