import { useMemo } from "react";

import { type Curve, type HorizontalAxis, LineChart } from "@/components/line-chart.tsx";
import { Notice } from "@/components/notice.tsx";
import { curveAxis } from "@/features/jobs/curve-axes.ts";
import type { JobStream } from "@/features/jobs/job-stream.ts";
import classes from "@/features/jobs/job.module.css";
import { nearLimits, type ResourceChart, resourceCharts, type ResourceKind } from "@/features/jobs/resource-use.ts";
import { type I18n, useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  resources: JobStream["resources"];
}

const HEIGHT = 120;
const LIMIT_DASH = [4, 4];

/** Along the bottom lie seconds, as under the other curves when these are laid over time: then all share one cursor. */
function secondsAxis(i18n: I18n): HorizontalAxis {
  return { ...curveAxis("time", [], i18n), of: ([seconds]) => seconds };
}

function valueText(kind: ResourceKind, value: number, { t, format }: I18n): string {
  switch (kind) {
    case "gpu":
      return format.percent(value, 0);
    case "processor":
      return format.significant(value);
    case "memory":
    case "gpu_memory":
      return format.bytes(value);
    case "disk_writes":
      return t("resource.per_second", { size: format.bytes(value) });
  }
}

function curvesOf({ kind, used, limit }: ResourceChart, { t }: I18n): Curve[] {
  const drawn: Curve = { key: kind, label: t("resource.used"), color: "--steel-mark", dash: [], isUnmarked: true, points: used };
  return limit.length === 0 ? [drawn] : [drawn, { key: `${kind}_limit`, label: t("resource.limit"), color: "--ink-3", dash: LIMIT_DASH, isUnmarked: true, points: limit }];
}

/** What a job takes of its machine: small charts over time, and a sentence about what is nearly full. */
export function ResourcePanel({ resources }: Props) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const axis = useMemo(() => secondsAxis(i18n), [i18n]);
  const charts = useMemo(() => resourceCharts(resources).map((chart) => ({ kind: chart.kind, curves: curvesOf(chart, i18n) })), [resources, i18n]);
  const formats = useMemo(() => new Map(charts.map(({ kind }) => [kind, (value: number) => valueText(kind, value, i18n)])), [charts, i18n]);
  return (
    <div className="stack">
      {nearLimits(resources).map(({ kind, peak, limit }) => (
        <Notice key={kind} tone="warning">
          <p>{t(`resource.near_${kind}`, { peak: format.bytes(peak), limit: format.bytes(limit), share: format.percent(peak / limit, 0) })}</p>
        </Notice>
      ))}
      <div className={classes["smallCharts"]}>
        {charts.map(({ kind, curves }) => (
          <LineChart key={kind} title={t(`resource.${kind}`)} curves={curves} axis={axis} isFromZero isShare={kind === "gpu"} height={HEIGHT} formatValue={formats.get(kind) ?? format.significant} />
        ))}
      </div>
    </div>
  );
}
