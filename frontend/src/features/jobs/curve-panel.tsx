import { SegmentedControl, Switch } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";

import type { Span } from "@/components/chart-zoom.ts";
import { type Curve, LineChart } from "@/components/line-chart.tsx";
import { type ChartGroup, chartGroups, metricOfCurve } from "@/features/jobs/chart-groups.ts";
import { curveAxis } from "@/features/jobs/curve-axes.ts";
import { curveName, curveTitle } from "@/features/jobs/curve-names.ts";
import { type CurveSource, stepsWithin, useFinerCurves } from "@/features/jobs/finer-curves.ts";
import type { JobStream } from "@/features/jobs/job-stream.ts";
import classes from "@/features/jobs/job.module.css";
import { useCurveView } from "@/features/jobs/use-curve-view.ts";
import { type I18n, useI18n } from "@/lib/i18n/i18n-context.ts";
import { isShare } from "@/lib/metrics.ts";
import { CURVE_AXES, type CurveView, MOST_SMOOTHING } from "@/lib/preferences.ts";
import type { Clock } from "@/lib/series.ts";

interface Props {
  /** The job, and what the names of its curves begin with that these have lost: what is zoomed to is asked for anew, with finer points. */
  source: CurveSource;
  curves: JobStream["curves"];
  /** When steps were told; without it there is no axis of time, and while it is empty none to choose. */
  clock?: Clock;
  /** How many steps the job is going to have, once that is known. */
  totalSteps?: number | null;
}

const TALL = 220;
const LOW = 110;
const DASH = [6, 4];
const QUALITY_COLORS = ["--steel-mark", "--ochre-mark", "--ink-3", "--ember-mark"];

function titleOf(group: ChartGroup, i18n: I18n): string {
  return group.kind === "validation" || group.kind === "other" ? curveTitle(group.title, i18n) : i18n.t(`curve.${group.kind}`);
}

function curvesOf(group: ChartGroup, i18n: I18n): Curve[] {
  return group.names.map(({ name, points }, index) => {
    const ofSplit = name.startsWith("validation/") ? "--steel-mark" : "--ember-mark";
    const color = group.kind === "quality" ? (QUALITY_COLORS[index % QUALITY_COLORS.length] ?? ofSplit) : ofSplit;
    const isSecond = group.kind === "quality" ? index > 0 : name === "validation/refined_loss";
    return { key: name, label: curveName(name, i18n), color, dash: isSecond ? DASH : [], points };
  });
}

function isOfShares(group: ChartGroup): boolean {
  return group.kind === "quality" || isShare(metricOfCurve(group.title));
}

const NO_CLOCK: Clock = [];
const WITHOUT_TIME = CURVE_AXES.filter((kind) => kind !== "time");

/** All curves of a run under one another, looked at in the same way, which this browser remembers and a link shows. */
export function CurvePanel({ source, curves: known, clock: told, totalSteps }: Props) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const { view, look, rest } = useCurveView();
  const { smoothing, isLog } = view;
  const clock = told ?? NO_CLOCK;
  const kinds: readonly CurveView["axis"][] = told === undefined ? WITHOUT_TIME : CURVE_AXES;
  const isThere = (kind: CurveView["axis"]) => kind !== "time" || clock.length > 0;
  const kind = isThere(view.axis) ? view.axis : "step";
  const axis = useMemo(() => curveAxis(kind, clock, i18n, totalSteps), [kind, clock, i18n, totalSteps]);
  const [zoom, setZoom] = useState<{ axis: string; span: Span } | null>(null);
  const onZoom = useCallback((span: Span | null) => setZoom(span && { axis: axis.key, span }), [axis.key]);
  const curves = useFinerCurves(source, known, zoom?.axis === axis.key ? stepsWithin(Object.values(known), axis, zoom.span) : null);
  const groups = useMemo(
    () => chartGroups(curves).map((group) => ({ ...group, heading: titleOf(group, i18n), drawn: curvesOf(group, i18n) })),
    [curves, i18n],
  );
  return (
    <div className="stack">
      <div className={classes["controls"]} data-print="never">
        <SegmentedControl
          size="xs"
          aria-label={t("curve.axis")}
          data={kinds.map((value) => ({ value, label: t(`curve.axis_${value}`), disabled: !isThere(value) }))}
          value={kind}
          onChange={(value) => look({ axis: value })}
        />
        <label>
          {t("curve.smoothing")}
          <input
            type="range"
            min={0}
            max={MOST_SMOOTHING}
            step={0.05}
            value={smoothing}
            onChange={(event) => look({ smoothing: Number(event.currentTarget.value) })}
            onPointerUp={rest}
            onKeyUp={rest}
          />
          <span className="num" style={{ minWidth: 32 }}>
            {format.decimal(smoothing, 2)}
          </span>
        </label>
        <Switch size="xs" label={t("curve.log")} checked={isLog} onChange={(event) => look({ isLog: event.currentTarget.checked })} />
      </div>
      <div className={classes["charts"]}>
        {groups.map((group) => (
          <LineChart
            key={group.title}
            title={group.heading}
            curves={group.drawn}
            axis={axis}
            onZoom={onZoom}
            smoothing={group.kind === "loss" || group.kind === "other" ? smoothing : 0}
            height={group.kind === "learning_rate" || group.kind === "other" ? LOW : TALL}
            isLog={isLog && group.kind === "loss"}
            isShare={isOfShares(group)}
            formatValue={isOfShares(group) ? format.percent : format.significant}
          />
        ))}
      </div>
    </div>
  );
}
