import { ScatterPlot } from "@/components/scatter-plot.tsx";
import { Section } from "@/components/section.tsx";
import type { DetailsProps } from "@/features/jobs/evaluation-details.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** A number. */
export function RegressionDetails({ evaluation, details }: DetailsProps<"regression">) {
  const { t, format } = useI18n();
  const { points } = details;
  const range = (numbers: readonly number[]) => ({ low: format.significant(Math.min(...numbers)), high: format.significant(Math.max(...numbers)) });
  const truth = range(points.map((point) => point.true));
  const predicted = range(points.map((point) => point.predicted));
  return (
    <Section title={t("scatter.title")} hint={t("scatter.hint")}>
      <ScatterPlot
        label={t("scatter.spoken", {
          count: points.length,
          true_low: truth.low,
          true_high: truth.high,
          predicted_low: predicted.low,
          predicted_high: predicted.high,
        })}
        xLabel={t("scatter.true")}
        yLabel={t("scatter.predicted")}
        points={points.map((point) => ({
          x: point.true,
          y: point.predicted,
          title: t("scatter.point", { truth: format.significant(point.true), predicted: format.significant(point.predicted) }),
        }))}
      />
      {points.length < evaluation.num_rows && (
        <p className="small muted" style={{ marginTop: 12 }}>
          {t("scatter.part", { shown: points.length, rows: evaluation.num_rows })}
        </p>
      )}
    </Section>
  );
}
