import type { ParallelAxis, AxisValue } from "@/components/parallel-axes.ts";
import classes from "@/components/parallel-plot.module.css";
import { TableScroll } from "@/components/table-scroll.tsx";

const SIZE = 100;
const AXIS_PX = 132;

export interface PlotAxis extends ParallelAxis {
  key: string;
  label: string;
  text: (value: AxisValue) => string;
}

export interface PlotLine {
  key: number;
  title: string;
  tone: "best" | "plain" | "faint";
  /** How strongly it is drawn, 0 to 1. */
  weight: number;
  /** A line of its own colour; else the tone's. */
  color?: string;
  /** A value for each axis; a line passes by where there is none. */
  values: readonly (AxisValue | null)[];
}

interface Props {
  /** What the picture shows, in a sentence: it stands for the picture where that cannot be seen. */
  label: string;
  axes: readonly PlotAxis[];
  lines: readonly PlotLine[];
  active: number | null;
  onActive: (key: number | null) => void;
}

/** One line per trial, or job, across one axis per setting: lines that end high tell which settings do. */
export function ParallelPlot({ label, axes, lines, active, onActive }: Props) {
  const across = (index: number) => (axes.length > 1 ? (index / (axes.length - 1)) * SIZE : SIZE / 2);
  // What matters is drawn last, on top of the rest.
  const ordered = [...lines].sort((a, b) => rank(a, active) - rank(b, active));
  return (
    <TableScroll label={label}>
      <figure className={classes["figure"]} style={{ minWidth: axes.length * AXIS_PX }}>
        <div className={classes["labels"]} aria-hidden>
          {axes.map((axis, index) => (
            <span key={axis.key} style={{ insetInlineStart: `${across(index)}%` }} title={axis.label}>
              {axis.label}
            </span>
          ))}
        </div>
        <div className={classes["area"]}>
          <svg viewBox={`0 0 ${SIZE} ${SIZE}`} preserveAspectRatio="none" role="img" aria-label={label} className={classes["plot"]}>
            {axes.map((axis, index) => (
              <line key={axis.key} className={classes["axis"]} x1={across(index)} x2={across(index)} y1={0} y2={SIZE} />
            ))}
            {ordered.map((line) => (
              <path
                key={line.key}
                d={pathOf(line, axes, across)}
                className={classes["line"]}
                data-tone={line.tone}
                data-active={line.key === active || undefined}
                style={{ stroke: line.color && `var(${line.color})`, strokeOpacity: line.key === active || line.tone === "best" ? 1 : 0.25 + 0.6 * line.weight }}
                onPointerEnter={() => onActive(line.key)}
                onPointerLeave={() => onActive(null)}
              >
                <title>{line.title}</title>
              </path>
            ))}
          </svg>
          {axes.map((axis, index) =>
            axis.ticks.map((tick) => (
              <span key={`${axis.key} ${String(tick.value)}`} className={`num ${classes["tick"] ?? ""}`} style={{ insetInlineStart: `${across(index)}%`, bottom: `${tick.at * 100}%` }} aria-hidden>
                {axis.text(tick.value)}
              </span>
            )),
          )}
        </div>
      </figure>
    </TableScroll>
  );
}

function rank(line: PlotLine, active: number | null): number {
  if (line.key === active) return 3;
  return line.tone === "best" ? 2 : line.tone === "plain" ? line.weight : -1;
}

function pathOf({ values }: PlotLine, axes: readonly PlotAxis[], across: (index: number) => number): string {
  const points: string[] = [];
  for (const [index, axis] of axes.entries()) {
    const value = values[index];
    if (value === null || value === undefined) continue;
    points.push(`${across(index)} ${(1 - axis.place(value)) * SIZE}`);
  }
  return points.length === 0 ? "" : `M${points.join("L")}`;
}
