import { SegmentedControl, Select, Switch } from "@mantine/core";
import { useDeferredValue, useMemo, useState } from "react";

import { ErrorPanel } from "@/components/error-panel.tsx";
import { type Curve, type HorizontalAxis, LineChart } from "@/components/line-chart.tsx";
import { Section } from "@/components/section.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { useCurves } from "@/features/compare/compare-queries.ts";
import { banded, placesOf } from "@/features/compare/curve-bands.ts";
import { CURVE_GROUPINGS, type CurveGroup, curveGroupingOf, curveGroups } from "@/features/compare/curve-groups.ts";
import { jobStyle } from "@/features/compare/job-style.ts";
import { type Overlaid, overlaidCurves } from "@/features/compare/overlaid-curves.ts";
import { curveAxis } from "@/features/jobs/curve-axes.ts";
import { metricOfCurve } from "@/features/jobs/chart-groups.ts";
import { curveTitle } from "@/features/jobs/curve-names.ts";
import classes from "@/features/jobs/job.module.css";
import type { ComparedJob, JobsComparison } from "@/lib/api-types.ts";
import { type I18n, useI18n } from "@/lib/i18n/i18n-context.ts";
import { isShare } from "@/lib/metrics.ts";
import { type Point, smooth } from "@/lib/series.ts";
import { useAddressChoice } from "@/lib/use-address-choice.ts";

const SMOOTHING = 0.6;
/** Jobs ran at times of their own, so time is no axis for all of them. */
const AXES = ["step", "epoch"] as const;
const NO_GROUPS = "none";
/** The dots of the curves of more jobs would hide one another. */
const MOST_MARKED = 8;

/** What is measured on single batches; the rate is exact, and a validation split is measured whole. */
function isNoisy(name: string): boolean {
  return !name.startsWith("validation/") && metricOfCurve(name) !== "learning_rate";
}

function bestTrialsOf(jobs: readonly ComparedJob[]): Map<string, number> {
  return new Map(jobs.flatMap(({ id, best_trial: best }) => (best === null ? [] : [[id, best] as const])));
}

interface Props {
  comparison: JobsComparison;
}

function smoothed(points: readonly Point[]): Point[] {
  const values = smooth(points.map(([, , value]) => value), SMOOTHING);
  return points.map(([step, epoch, value], at): Point => [step, epoch, values[at] ?? value]);
}

/** A line for each group: the mean of its curves, and how far they reach. A single one is drawn as it is. */
function groupedCurves({ name, jobs: drawn }: Overlaid, groups: readonly CurveGroup[], axis: HorizontalAxis, isSmooth: boolean, { t }: I18n): Curve[] {
  const curves = drawn.map(({ id, points }) => ({ id, points: isSmooth && isNoisy(name) ? smoothed(points) : points }));
  const places = placesOf(curves.map(({ points }) => points), axis.of);
  return groups.flatMap(({ key, name: label, ids }, place): Curve[] => {
    const members = curves.filter(({ id }) => ids.includes(id)).map(({ points }) => points);
    if (members.length === 0) return [];
    const [only] = members;
    if (members.length === 1 && only !== undefined) return [{ key, label, ...jobStyle(place), points: only }];
    const { mean, low, high } = banded(members, axis.of, places);
    return [{ key, label: t("compare.group", { name: label, count: members.length }), ...jobStyle(place), points: mean, band: { low, high }, isUnmarked: true }];
  });
}

/** The curves of all jobs, or of groups of them, one chart for each kind; what is hidden in one is hidden in all. */
export function ComparedCurves({ comparison }: Props) {
  const i18n = useI18n();
  const { jobs } = comparison;
  const { t, format } = i18n;
  const { curves: found, isPending, error, refetch } = useCurves(jobs);
  // Those of many jobs come one by one: what is drawn waits for the last of those that come at once.
  const curves = useDeferredValue(found);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [isSmooth, setIsSmooth] = useState(true);
  const [kind, setKind] = useState<(typeof AXES)[number]>("step");
  const axis = useMemo(() => curveAxis(kind, [], i18n), [kind, i18n]);
  const [chosenGroup, setGroup] = useAddressChoice("group");
  const by = curveGroupingOf(chosenGroup);
  const charts = useMemo(() => {
    if (by !== null) {
      const groups = curveGroups(by, comparison, i18n);
      return overlaidCurves(curves, by === "search" ? "all" : bestTrialsOf(jobs)).map((overlaid) => ({ name: overlaid.name, curves: groupedCurves(overlaid, groups, axis, isSmooth, i18n) }));
    }
    const places = new Map(jobs.map(({ id }, place) => [id, place]));
    return overlaidCurves(curves, bestTrialsOf(jobs)).map(({ name, jobs: drawn }) => ({
      name,
      curves: drawn.map(({ id, points }): Curve => {
        const place = places.get(id) ?? 0;
        return { key: id, label: jobs[place]?.name ?? "", ...jobStyle(place), points, isNoisy: true, isUnmarked: jobs.length > MOST_MARKED };
      }),
    }));
  }, [by, curves, comparison, jobs, axis, isSmooth, i18n]);
  const toggle = (id: string) => setHidden(hidden.has(id) ? new Set([...hidden].filter((other) => other !== id)) : new Set([...hidden, id]));
  return (
    <Section
      title={t("job.curves")}
      hint={t(by === null ? "compare.curves_hint" : by === "search" ? "compare.curves_hint_trials" : "compare.curves_hint_groups")}
      actions={
        charts.length > 0 && (
          <>
            <Select
              size="xs"
              w={150}
              aria-label={t("groups.by")}
              allowDeselect={false}
              value={by ?? NO_GROUPS}
              data={[{ value: NO_GROUPS, label: t("groups.none") }, ...CURVE_GROUPINGS.map((name) => ({ value: name, label: t(`groups.by_${name}`) }))]}
              onChange={(value) => setGroup(curveGroupingOf(value))}
            />
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
            smoothing={by === null && isSmooth && isNoisy(chart.name) ? SMOOTHING : 0}
            isShare={isShare(metricOfCurve(chart.name))}
            formatValue={isShare(metricOfCurve(chart.name)) ? format.percent : format.significant}
          />
        ))}
      </div>
    </Section>
  );
}
