import { IntervalPlot } from "@/components/interval-plot.tsx";
import { Section } from "@/components/section.tsx";
import { MetricSwitch } from "@/features/jobs/metric-switch.tsx";
import type { Evaluation } from "@/lib/api-types.ts";
import { contenderName } from "@/lib/contenders.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { byMetric, describeMetric } from "@/lib/metrics.ts";
import { useAddressChoice } from "@/lib/use-address-choice.ts";

interface Props {
  evaluation: Evaluation;
}

/** The contenders in one metric, the best first: the one that the verdict is about, or another that the reader asks for. */
export function ComparisonSection({ evaluation }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const [chosen, choose] = useAddressChoice("metric");
  const others = new Set(evaluation.contenders.flatMap((contender) => Object.keys(contender.metrics)));
  const names = [evaluation.primary, ...[...others].filter((other) => other !== evaluation.primary)];
  const name = chosen !== null && names.includes(chosen) ? chosen : evaluation.primary;
  const metric = describeMetric(name, i18n);
  const isBetterFirst = byMetric(metric);
  const rows = evaluation.contenders
    .flatMap((contender) => {
      const interval = contender.metrics[name];
      return interval ? [{ key: contender.name, name: contenderName(evaluation, contender.name, t), interval, isMain: contender.name === "tuned" }] : [];
    })
    .sort((a, b) => isBetterFirst(a.interval.value, b.interval.value));
  return (
    <Section
      title={t("comparison.title")}
      hint={t(metric.isLowerBetter ? "comparison.hint_lower" : "comparison.hint", {
        metric: metric.label,
        rows: evaluation.num_rows,
        split: t(`split.in_text.${evaluation.split}`),
      })}
      actions={names.length > 1 ? <MetricSwitch label={t("comparison.metric")} names={names} value={name} onChange={(metricName) => choose(metricName === evaluation.primary ? null : metricName)} /> : undefined}
    >
      <IntervalPlot label={t("comparison.title")} metric={metric} rows={rows} />
    </Section>
  );
}
