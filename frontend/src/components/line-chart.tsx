import "uplot/dist/uPlot.min.css";

import { useComputedColorScheme } from "@mantine/core";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";

import classes from "@/components/line-chart.module.css";
import { LineKey } from "@/components/line-key.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { align, downsample, type Point, smooth } from "@/lib/series.ts";

export interface Curve {
  key: string;
  label: string;
  /** A CSS variable of tokens.css, `--ember-mark` say. */
  color: string;
  /** Lengths of strokes and gaps in pixels; empty for a whole line. */
  dash: readonly number[];
  points: readonly Point[];
  /** Smoothed however few its points are: beside longer curves of the same kind it must be drawn alike. */
  isNoisy?: boolean;
}

interface Props {
  title: string;
  curves: readonly Curve[];
  smoothing?: number;
  isLog?: boolean;
  height?: number;
  formatValue: (value: number) => string;
  /** Keys of curves that are not drawn, and how the reader hides and shows them; without, all are. */
  hidden?: ReadonlySet<string>;
  onToggle?: (key: string) => void;
}

const NONE: ReadonlySet<string> = new Set();

/** 3 is uPlot's number for a logarithmic scale; its enum exists in the types only. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum has no value at run time.
const LOG_SCALE: uPlot.Scale = { distr: 3 };

const MAX_DRAWN = 1500;
const MAX_SMOOTHED = 40;

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function withAlpha(color: string, share: number): string {
  return `color-mix(in srgb, ${color} ${share * 100}%, transparent)`;
}

interface Readout {
  step: number;
  values: (number | null)[];
}

/** Curves over steps. With smoothing, the raw values stay visible as a pale line behind. */
export function LineChart({ title, curves, smoothing = 0, isLog = false, height = 220, formatValue, hidden = NONE, onToggle }: Props) {
  const { t, format } = useI18n();
  const scheme = useComputedColorScheme("light");
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const formatter = useRef(formatValue);
  const [readout, setReadout] = useState<Readout | null>(null);

  // Few points (one per epoch) are measurements, not noise: they are shown as they are.
  const drawn = useMemo(
    () =>
      curves.map((curve) => {
        const points = downsample(curve.points, MAX_DRAWN);
        const isSmoothed = smoothing > 0 && (curve.isNoisy === true || points.length > MAX_SMOOTHED);
        const smoothed = isSmoothed
          ? smooth(
              points.map((point) => point[2]),
              smoothing,
            ).map((value, index): Point => [points[index]?.[0] ?? 0, points[index]?.[1] ?? 0, value])
          : points;
        return { ...curve, points: smoothed, raw: isSmoothed ? points : [] };
      }),
    [curves, smoothing],
  );
  const data = useMemo(() => {
    const [steps, ...columns] = align([...drawn.map((curve) => curve.raw), ...drawn.map((curve) => curve.points)]);
    // A logarithm has no place for zero and below.
    const safe = isLog ? columns.map((column) => column.map((value) => (value !== null && value > 0 ? value : null))) : columns;
    return [steps, ...safe] as uPlot.AlignedData;
  }, [drawn, isLog]);
  const latestData = useRef(data);
  const shape = drawn.map((curve) => `${curve.key}|${curve.label}|${curve.points.length > MAX_SMOOTHED}|${curve.raw.length > 0}|${hidden.has(curve.key)}`).join("\n");

  useEffect(() => {
    formatter.current = formatValue;
    latestData.current = data;
    plot.current?.setData(data);
  }, [data, formatValue]);

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const ink = token("--ink-3");
    const rule = token("--rule");
    const lineOf = (curve: (typeof drawn)[number], isRaw: boolean): uPlot.Series => {
      const color = token(curve.color);
      return {
        label: curve.label,
        stroke: isRaw ? withAlpha(color, 0.28) : color,
        width: isRaw ? 1 : 2,
        spanGaps: true,
        show: !hidden.has(curve.key),
        dash: [...curve.dash],
        points: { show: !isRaw && curve.raw.length === 0 && curve.points.length <= MAX_SMOOTHED, size: 6, fill: color, stroke: color },
      };
    };
    const axis = { stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { show: false }, font: "11px 'Instrument Sans Variable', sans-serif" };
    const options: uPlot.Options = {
      width: Math.max(200, element.clientWidth),
      height,
      legend: { show: false },
      padding: [10, 6, 0, 0],
      scales: { x: { time: false }, y: isLog ? LOG_SCALE : {} },
      cursor: { y: false, points: { size: 8 }, drag: { x: true, y: false } },
      axes: [
        { ...axis, grid: { show: false }, size: 26, values: (_, values) => values.map((value) => format.integer(value)) },
        { ...axis, size: 52, space: 26, values: (_, values) => values.map((value: number | null) => (value === null ? "" : formatter.current(value))) },
      ],
      series: [{}, ...drawn.map((curve) => lineOf(curve, true)), ...drawn.map((curve) => lineOf(curve, false))],
      hooks: {
        setCursor: [
          (self) => {
            const index = self.cursor.idx;
            const steps = latestData.current[0];
            if (index == null) {
              setReadout(null);
              return;
            }
            setReadout({
              step: steps[index] ?? 0,
              values: drawn.map((_, at) => nearest(latestData.current[1 + drawn.length + at] ?? [], index)),
            });
          },
        ],
      },
    };
    const chart = new uPlot(options, latestData.current, element);
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: Math.max(200, element.clientWidth), height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
    // Drawn anew only when the looks change; new points go through setData above.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape, isLog, scheme, height, format]);

  const isEmpty = curves.every((curve) => curve.points.length === 0);
  const spoken = curves
    .filter((curve) => curve.points.length > 0 && !hidden.has(curve.key))
    .map((curve) => {
      const last = curve.points.at(-1);
      return t("chart.spoken", { label: curve.label, count: curve.points.length, value: last ? formatValue(last[2]) : "–", step: last?.[0] ?? 0 });
    })
    .join(" ");
  return (
    <figure className={classes["figure"]} aria-label={title}>
      <div className={classes["head"]}>
        <figcaption className={classes["title"]}>{title}</figcaption>
        <ul className={classes["legend"]}>
          {readout !== null && <li className="num">{t("chart.step", { step: readout.step })}</li>}
          {drawn.map((curve, index) => {
            const value = readout === null ? curve.points.at(-1)?.[2] : readout.values[index];
            return (
              <li key={curve.key}>
                <LegendEntry curve={curve} isHidden={hidden.has(curve.key)} onToggle={onToggle}>
                  {curve.label} <b>{value === undefined || value === null ? "–" : formatValue(value)}</b>
                </LegendEntry>
              </li>
            );
          })}
        </ul>
      </div>
      <div ref={host} className={classes["plot"]} style={{ height }} role="img" aria-label={spoken === "" ? t("chart.empty") : spoken}>
        {isEmpty && <p className={classes["waiting"]}>{t("chart.empty")}</p>}
      </div>
    </figure>
  );
}

interface EntryProps {
  curve: Curve;
  isHidden: boolean;
  onToggle: ((key: string) => void) | undefined;
  children: ReactNode;
}

/** A button where curves can be hidden. */
function LegendEntry({ curve, isHidden, onToggle, children }: EntryProps) {
  const content = (
    <>
      <LineKey color={curve.color} dash={curve.dash} />
      {children}
    </>
  );
  if (onToggle === undefined) return content;
  return (
    <button type="button" className={classes["toggle"]} aria-pressed={!isHidden} onClick={() => onToggle(curve.key)}>
      {content}
    </button>
  );
}

/** Curves have their points at different steps: the last one at or before the cursor. */
function nearest(values: ArrayLike<number | null | undefined>, index: number): number | null {
  for (let at = index; at >= 0; at -= 1) {
    const value = values[at];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}
