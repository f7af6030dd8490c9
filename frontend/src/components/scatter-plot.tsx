import { niceAxis } from "@/components/nice-axis.ts";
import { PlotFrame } from "@/components/plot-frame.tsx";
import classes from "@/components/scatter-plot.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SIZE = 400;
const RADIUS = 4;
const MARGIN = 0.04;

interface Props {
  /** What the picture shows, in a sentence: it stands for the picture where that cannot be seen. */
  label: string;
  xLabel: string;
  yLabel: string;
  points: readonly { x: number; y: number; title: string }[];
}

/** One dot per pair of numbers that ought to be equal, on two equal axes, with the line where they are. */
export function ScatterPlot({ label, xLabel, yLabel, points }: Props) {
  const { format } = useI18n();
  const axis = niceAxis(points.map(({ x, y }) => ({ low: Math.min(x, y), high: Math.max(x, y) })));
  const { low, high } = marginAround(points.flatMap(({ x, y }) => [x, y]));
  const share = (value: number) => (value - low) / (high - low);
  const right = (value: number) => share(value) * SIZE;
  const down = (value: number) => (1 - share(value)) * SIZE;
  const ticks = axis.ticks.filter((value) => value >= low && value <= high).map((value) => ({ value, share: share(value), text: format.decimal(value, axis.decimals) }));
  return (
    <PlotFrame
      label={label}
      xLabel={xLabel}
      yLabel={yLabel}
      width={SIZE}
      height={SIZE}
      xTicks={ticks}
      yTicks={ticks}
      grid={ticks.map(({ value }) => `M0 ${down(value)}H${SIZE}M${right(value)} 0V${SIZE}`)}
      isNarrow
    >
      <line className={classes["diagonal"]} x1={0} y1={SIZE} x2={SIZE} y2={0} />
      <g className={classes["points"]}>
        {points.map(({ x, y, title }, index) => (
          <circle key={index} cx={right(x)} cy={down(y)} r={RADIUS}>
            <title>{title}</title>
          </circle>
        ))}
      </g>
    </PlotFrame>
  );
}

/** The dots fill the picture, and none is cut by its edge. */
function marginAround(values: readonly number[]): { low: number; high: number } {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = high > low ? (high - low) * MARGIN : 1;
  return { low: low - margin, high: high + margin };
}
