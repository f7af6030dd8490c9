import { SegmentedControl, Switch } from "@mantine/core";
import { useMemo, useState } from "react";

import { ErrorPanel } from "@/components/error-panel.tsx";
import { type Curve, LineChart } from "@/components/line-chart.tsx";
import { Section } from "@/components/section.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { useCurves } from "@/features/compare/compare-queries.ts";
import { jobStyle } from "@/features/compare/job-style.ts";
import { overlaidCurves } from "@/features/compare/overlaid-curves.ts";
import { curveAxis } from "@/features/jobs/curve-axes.ts";
import { metricOfCurve } from "@/features/jobs/chart-groups.ts";
import { curveTitle } from "@/features/jobs/curve-names.ts";
import classes from "@/features/jobs/job.module.css";
import type { ComparedJob } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isShare } from "@/lib/metrics.ts";

const SMOOTHING = 0.6;
/** Jobs ran at times of their own, so time is no axis for all of them. */
const AXES = ["step", "epoch"] as const;

/** What is measured on single batches; the rate is exact, and a validation split is measured whole. */
function isNoisy(name: string): boolean {
  return !name.startsWith("validation/") && metricOfCurve(name) !== "learning_rate";
}

interface Props {
  jobs: readonly ComparedJob[];
}

/** The curves of all jobs, one chart for each kind; a job that is hidden in one is hidden in all. */
export function ComparedCurves({ jobs }: Props) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const { curves, isPending, error, refetch } = useCurves(jobs);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [isSmooth, setIsSmooth] = useState(true);
  const [kind, setKind] = useState<(typeof AXES)[number]>("step");
  const axis = useMemo(() => curveAxis(kind, [], i18n), [kind, i18n]);
  const charts = useMemo(() => {
    const places = new Map(jobs.map(({ id }, place) => [id, place]));
    const bestTrials = new Map(jobs.flatMap(({ id, best_trial: best }) => (best === null ? [] : [[id, best] as const])));
    return overlaidCurves(curves, bestTrials).map(({ name, jobs: drawn }) => ({
      name,
      curves: drawn.map(({ id, points }): Curve => {
        const place = places.get(id) ?? 0;
        return { key: id, label: jobs[place]?.name ?? "", ...jobStyle(place), points, isNoisy: true };
      }),
    }));
  }, [curves, jobs]);
  const toggle = (id: string) => setHidden(hidden.has(id) ? new Set([...hidden].filter((other) => other !== id)) : new Set([...hidden, id]));
  return (
    <Section
      title={t("job.curves")}
      hint={t("compare.curves_hint")}
      actions={
        charts.length > 0 && (
          <>
            <SegmentedControl
              size="xs"
              aria-label={t("curve.axis")}
              data={AXES.map((value) => ({ value, label: t(`curve.axis_${value}`) }))}
              value={kind}
              onChange={setKind}
            />
            <Switch size="xs" label={t("compare.smooth")} checked={isSmooth} onChange={(event) => setIsSmooth(event.currentTarget.checked)} />
          </>
        )
      }
    >
      {error !== null && <ErrorPanel error={error} onRetry={() => void refetch()} />}
      {charts.length === 0 && error === null && (isPending ? <Skeleton lines={4} /> : <p className="muted">{t("compare.no_curves")}</p>)}
      <div className={classes["charts"]}>
        {charts.map((chart) => (
          <LineChart
            key={chart.name}
            title={curveTitle(chart.name, i18n)}
            curves={chart.curves}
            axis={axis}
            hidden={hidden}
            onToggle={toggle}
            smoothing={isSmooth && isNoisy(chart.name) ? SMOOTHING : 0}
            formatValue={isShare(metricOfCurve(chart.name)) ? format.percent : format.significant}
          />
        ))}
      </div>
    </Section>
  );
}
