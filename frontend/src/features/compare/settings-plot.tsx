import { useState } from "react";

import { parallelAxis } from "@/components/parallel-axes.ts";
import { ParallelPlot, type PlotAxis, type PlotLine } from "@/components/parallel-plot.tsx";
import { jobStyle } from "@/features/compare/job-style.ts";
import type { Results } from "@/features/compare/setting-values.ts";
import { isLogRange, plainText } from "@/features/jobs/trial-facts.ts";
import type { JobsComparison } from "@/lib/api-types.ts";
import { type I18n, useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";

interface Props {
  comparison: JobsComparison;
  results: Results;
}

/** A line for each job across the settings in which they differ, to what it came to. */
export function SettingsPlot({ comparison, results }: Props) {
  const i18n = useI18n();
  const [active, setActive] = useState<number | null>(null);
  const { settings, jobs } = comparison;
  const metric = describeMetric(results.metric, i18n);
  const figures = [...results.figures.values()];
  const outcome = parallelAxis(figures);
  const axes: PlotAxis[] = [
    ...settings.map(({ path, values }) => {
      const known = values.flatMap(({ value }) => value ?? []);
      return { key: path, label: path.split(".").at(-1) ?? path, text: (value: string | number | boolean) => plainText(value, i18n), ...parallelAxis(known, { isLog: isLogRange(known) }) };
    }),
    { key: "result", label: metric.label, text: (value) => metric.value(Number(value)), ...outcome },
  ];
  const best = figures.length === 0 ? null : metric.isLowerBetter ? Math.min(...figures) : Math.max(...figures);
  const lines = jobs.map((job, place): PlotLine => {
    const figure = results.figures.get(job.id) ?? null;
    return {
      key: place,
      title: titleOf(job, figure === null ? "–" : metric.value(figure), comparison, i18n),
      tone: figure !== null && figure === best ? "best" : "plain",
      weight: 1,
      color: jobStyle(place).color,
      values: [...settings.map(({ values }) => values.find(({ job_id: id }) => id === job.id)?.value ?? null), figure],
    };
  });
  return <ParallelPlot label={i18n.t("compare.settings_plot", { count: jobs.length, metric: metric.label })} axes={axes} lines={lines} active={active} onActive={setActive} />;
}

function titleOf(job: JobsComparison["jobs"][number], result: string, { settings }: JobsComparison, i18n: I18n): string {
  const tried = settings.map(({ path, values }) => `${path}: ${plainText(values.find(({ job_id: id }) => id === job.id)?.value ?? null, i18n)}`);
  return [job.name, ...tried, result].join("\n");
}
