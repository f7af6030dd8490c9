import { IntervalPlot } from "@/components/interval-plot.tsx";
import { Section } from "@/components/section.tsx";
import { MetricSwitch } from "@/features/jobs/metric-switch.tsx";
import type { JobsComparison } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";
import { useAddressChoice } from "@/lib/use-address-choice.ts";

interface Props {
  comparison: JobsComparison;
}

/** Each job's figure on its own held-out rows, with its interval, on one scale. */
export function ComparedResults({ comparison: { jobs, baseline_id: baseline } }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const [chosen, setChosen] = useAddressChoice("metric");
  const names = [...new Set(jobs.flatMap(({ result }) => (result ? [result.primary, ...Object.keys(result.metrics)] : [])))];
  const name = chosen !== null && names.includes(chosen) ? chosen : names[0];
  const metric = name === undefined ? null : describeMetric(name, i18n);
  const rows = jobs.flatMap(({ id, name: jobName, result }) => {
    const interval = name === undefined ? undefined : result?.metrics[name];
    return interval ? [{ key: id, name: jobName, interval, isMain: id === baseline }] : [];
  });
  const isSameData = new Set(jobs.map(({ dataset_version: version }) => version.id)).size === 1;
  return (
    <Section
      title={t("compare.results")}
      hint={t(isSameData ? "compare.results_hint" : "compare.results_hint_other_data")}
      actions={names.length > 1 && name !== undefined ? <MetricSwitch label={t("comparison.metric")} names={names} value={name} onChange={setChosen} /> : undefined}
    >
      {metric === null ? (
        <p className="muted">{t("compare.no_results")}</p>
      ) : (
        <>
          <p className="small muted">{t(metric.isLowerBetter ? "compare.plot_lower" : "compare.plot", { metric: metric.label })}</p>
          <IntervalPlot label={t("compare.results")} metric={metric} rows={rows} />
        </>
      )}
    </Section>
  );
}
