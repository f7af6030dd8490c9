import type { ReactNode } from "react";

import classes from "@/components/plot-frame.module.css";

/** Words beside an axis; `share` is how far along it they stand, from 0 to 1. */
export interface PlotTick {
  value: number;
  share: number;
  text: string;
}

interface Props {
  /** What the picture shows, in a sentence: it stands for the picture where that cannot be seen. */
  label: string;
  xLabel: string;
  yLabel: string;
  /** Of the picture's own units. */
  width: number;
  height: number;
  xTicks: readonly PlotTick[];
  yTicks: readonly PlotTick[];
  /** A path for each line behind the figures. */
  grid: readonly string[];
  isNarrow?: boolean;
  children: ReactNode;
}

/** Axes with their words around a picture that takes the width it is given. */
export function PlotFrame({ label, xLabel, yLabel, width, height, xTicks, yTicks, grid, isNarrow = false, children }: Props) {
  const widest = Math.max(...yTicks.map(({ text }) => text.length));
  return (
    <figure className={classes["figure"]} data-narrow={isNarrow || undefined}>
      <p className={classes["yLabel"]} aria-hidden>
        {yLabel}
      </p>
      <div className={`num ${classes["yTicks"] ?? ""}`} style={{ width: `${widest}ch` }} aria-hidden>
        {yTicks.map(({ value, share, text }) => (
          <span key={value} style={{ top: `${(1 - share) * 100}%` }}>
            {text}
          </span>
        ))}
      </div>
      <svg className={classes["plot"]} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        <g className={classes["grid"]}>
          {grid.map((line) => (
            <path key={line} d={line} />
          ))}
        </g>
        {children}
      </svg>
      <div className={`num ${classes["xTicks"] ?? ""}`} aria-hidden>
        {xTicks.map(({ value, share, text }) => (
          <span key={value} style={{ insetInlineStart: `${share * 100}%` }}>
            {text}
          </span>
        ))}
      </div>
      <figcaption className={classes["xLabel"]} aria-hidden>
        {xLabel}
      </figcaption>
    </figure>
  );
}
