import classes from "@/components/curve-plot.module.css";
import { niceAxis, shareAxis } from "@/components/nice-axis.ts";
import { PlotFrame } from "@/components/plot-frame.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const WIDTH = 600;
const HEIGHT = 240;
const RADIUS = 4.5;

export interface CurvePlotPoint {
  x: number;
  value: number;
  low: number;
  high: number;
  title: string;
  /** Not measured: drawn with a dashed line. */
  isForecast: boolean;
}

interface Props {
  /** What the picture shows, in a sentence: it stands for the picture where that cannot be seen. */
  label: string;
  xLabel: string;
  yLabel: string;
  /** By rising x, which is above zero; what is measured first. */
  points: readonly CurvePlotPoint[];
  /** Whether values are shares of one, written as percent. */
  isShare: boolean;
}

/** Values with their ranges over numbers on a logarithmic axis, and what comes next. */
export function CurvePlot({ label, xLabel, yLabel, points, isShare }: Props) {
  const { format } = useI18n();
  const axis = isShare ? shareAxis(points) : niceAxis(points);
  const first = Math.log(points[0]?.x ?? 1);
  const range = Math.log(points.at(-1)?.x ?? 1) - first || 1;
  const share = (x: number) => (Math.log(x) - first) / range;
  const height = (value: number) => (value - axis.low) / (axis.high - axis.low);
  const right = (x: number) => share(x) * WIDTH;
  const down = (value: number) => (1 - height(value)) * HEIGHT;
  const path = (some: readonly CurvePlotPoint[]) => some.map(({ x, value }, index) => `${index === 0 ? "M" : "L"}${right(x)} ${down(value)}`).join("");
  const measured = points.filter(({ isForecast }) => !isForecast);
  const forecast = points.filter(({ isForecast }) => isForecast);
  const ticks = axis.ticks.map((value) => ({ value, share: height(value), text: isShare ? format.percent(value, 0) : format.decimal(value, axis.decimals) }));
  const labelled = [...measured, ...forecast.slice(-1)];
  return (
    <PlotFrame
      label={label}
      xLabel={xLabel}
      yLabel={yLabel}
      width={WIDTH}
      height={HEIGHT}
      xTicks={labelled.map(({ x }) => ({ value: x, share: share(x), text: format.integer(x) }))}
      yTicks={ticks}
      grid={ticks.map(({ value }) => `M0 ${down(value)}H${WIDTH}`)}
    >
      <path className={classes["line"]} d={path(measured)} />
      {forecast.length > 0 && <path className={classes["line"]} data-forecast d={path([...measured.slice(-1), ...forecast])} />}
      {points.map(({ x, value, low, high, title, isForecast }) => (
        <g key={x} className={classes["point"]} data-forecast={isForecast || undefined}>
          <path d={`M${right(x)} ${down(low)}V${down(high)}`} />
          <circle cx={right(x)} cy={down(value)} r={RADIUS}>
            <title>{title}</title>
          </circle>
        </g>
      ))}
    </PlotFrame>
  );
}
