import "uplot/dist/uPlot.min.css";

import { Button } from "@mantine/core";
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";

import { heightsFor, increments, widthFor } from "@/components/chart-scales.ts";
import { isPart, isSameSpan, type Span, spanWith, zoomedSpan } from "@/components/chart-zoom.ts";
import classes from "@/components/line-chart.module.css";
import { LineKey } from "@/components/line-key.tsx";
import { nearestCurves } from "@/components/nearest-curves.ts";
import { onSchemeChange } from "@/components/scheme.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { align, downsample, type Point, smooth } from "@/lib/series.ts";
import { useIsPrinted } from "@/lib/use-is-printed.ts";

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
  /** Drawn without marks however few its points are. */
  isUnmarked?: boolean;
  /** What lies between these is shaded: of a curve that stands for several, how far they reach. */
  band?: { low: readonly Point[]; high: readonly Point[] };
}

/** What lies along the bottom of a chart. */
export interface HorizontalAxis {
  /** Charts with the same key show one another's cursor. */
  key: string;
  of: (point: Point) => number;
  format: (value: number) => string;
  /** Ticks are as far apart as this at least: `format` writes what lies closer alike. */
  smallest: number;
  /** Where the axis will end, if that is known. */
  end?: number | undefined;
  /** Where the cursor is, in words: "Step 120". */
  read: (value: number) => string;
}

interface Props {
  title: string;
  curves: readonly Curve[];
  axis: HorizontalAxis;
  smoothing?: number;
  isLog?: boolean;
  /** Amounts, of which the height is the size: the axis begins at nothing. */
  isFromZero?: boolean;
  /** Values between 0 and 1, of which the axis shows no more. */
  isShare?: boolean;
  height?: number;
  formatValue: (value: number) => string;
  /** Keys of curves that are not drawn, and how the reader hides and shows them; without, all are. */
  hidden?: ReadonlySet<string>;
  onToggle?: (key: string) => void;
  /** Told what part of the axis the reader looks at; null for the whole. Always the same function. */
  onZoom?: (span: Span | null) => void;
}

const NONE: ReadonlySet<string> = new Set();

/** 3 is uPlot's number for a logarithmic scale; its enum exists in the types only. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum has no value at run time.
const LOG_SCALE: uPlot.Scale = { distr: 3 };

const MAX_DRAWN = 1500;
/** On each side of what a reader has zoomed to: lines go on to the edge, and zooming out finds something. */
const MAX_BEYOND = 300;
/** Half of the widest label at the end of the bottom axis ("100,000"), which stands centred under it. */
const END_LABEL = 22;
const KEY_MOVES: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
/** How much of the axis is shown after a key, of what is shown before; "=" is the plus of a keyboard where that needs Shift. */
const KEY_ZOOMS: Record<string, number> = { "+": 0.5, "=": 0.5, "-": 2, "0": Infinity };
const MAX_SMOOTHED = 40;
/** More names than these are folded: they would push the chart out of sight. */
const MOST_NAMED = 10;

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function withAlpha(color: string, share: number): string {
  return `color-mix(in srgb, ${color} ${share * 100}%, transparent)`;
}

interface Readout {
  at: number;
  values: (number | null)[];
  /** Places of the curves next to the pointer; null where the cursor was moved by keys, which have no height. */
  near: readonly number[] | null;
  /** Of the names, in pixels, at their most while the cursor is shown: others may need fewer lines, and the chart must not move under the pointer. */
  room: number;
}

/**
 * Curves over steps, epochs or time. With smoothing, the raw values stay visible as a pale line behind. The cursor is shared by
 * all charts with the same axis; the arrow keys move it. So is the zoom: dragged with the pointer or by `+` and `-`, it stays while
 * points arrive, until a double click, `0` or the button shows the whole. Of more curves than are named at once, those next to the
 * pointer are.
 */
export function LineChart({ title, curves, axis, smoothing = 0, isLog = false, isFromZero = false, isShare = false, height = 220, formatValue, hidden = NONE, onToggle, onZoom }: Props) {
  const { t } = useI18n();
  const host = useRef<HTMLDivElement>(null);
  const names = useRef<HTMLUListElement>(null);
  const plot = useRef<uPlot | null>(null);
  const formatter = useRef(formatValue);
  const bottom = useRef(axis);
  /** What the reader zoomed to, and on which axis; null for the whole. */
  const zoom = useRef<{ axis: string; span: Span } | null>(null);
  const [shownSpan, setShownSpan] = useState<Span | null>(null);
  const [readout, setReadout] = useState<Readout | null>(null);
  const [isUnfolded, setUnfolded] = useState(false);
  const isPrinted = useIsPrinted();

  // Few points (one per epoch) are measurements, not noise: they are shown as they are.
  const drawn = useMemo(
    () =>
      curves.map((curve) => {
        const points = drawnPoints(curve.points, axis, shownSpan);
        const isSmoothed = smoothing > 0 && (curve.isNoisy === true || points.length > MAX_SMOOTHED);
        const smoothed = isSmoothed
          ? smooth(
              points.map((point) => point[2]),
              smoothing,
            ).map((value, index): Point => [points[index]?.[0] ?? 0, points[index]?.[1] ?? 0, value])
          : points;
        return { ...curve, points: smoothed, raw: isSmoothed ? points : [] };
      }),
    [curves, smoothing, axis, shownSpan],
  );
  const data = useMemo(() => {
    const bands = drawn.flatMap(({ band }) => (band === undefined ? [] : [placed(band.low, axis), placed(band.high, axis)]));
    const [steps, ...columns] = align([...drawn.map((curve) => placed(curve.raw, axis)), ...drawn.map((curve) => placed(curve.points, axis)), ...bands]);
    // A logarithm has no place for zero and below.
    const safe = isLog ? columns.map((column) => column.map((value) => (value !== null && value > 0 ? value : null))) : columns;
    return [steps, ...safe] as uPlot.AlignedData;
  }, [drawn, isLog, axis]);
  const latestData = useRef(data);
  const shape = drawn.map((curve) => `${curve.key}|${curve.label}|${curve.points.length > MAX_SMOOTHED}|${curve.raw.length > 0}|${hidden.has(curve.key)}|${curve.band !== undefined}`).join("\n");

  useEffect(() => {
    formatter.current = formatValue;
    bottom.current = axis;
    latestData.current = data;
    if (plot.current === null) return;
    plot.current.setData(data, zoom.current === null);
    // The same span again, so that its heights are found among the new values.
    if (zoom.current !== null) show(plot.current, zoom.current.span);
  }, [data, formatValue, axis]);

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    // Asked for at every drawing: light and dark change under a chart that stays.
    const colors = new Map<string, string>();
    const color = (name: string) => () => colors.get(name) ?? "";
    const look = () => {
      for (const name of ["--ink-3", "--rule", ...drawn.map((curve) => curve.color)]) colors.set(name, token(name));
    };
    look();
    const lineOf = (curve: (typeof drawn)[number], isRaw: boolean): uPlot.Series => {
      const stroke = color(curve.color);
      return {
        label: curve.label,
        stroke: isRaw ? () => withAlpha(stroke(), 0.28) : stroke,
        width: isRaw ? 1 : 2,
        spanGaps: true,
        show: !hidden.has(curve.key),
        dash: [...curve.dash],
        points: { show: !isRaw && curve.isUnmarked !== true && curve.raw.length === 0 && curve.points.length <= MAX_SMOOTHED, size: 6, fill: stroke, stroke },
      };
    };
    const banded = drawn.filter(({ band }) => band !== undefined);
    const firstBound = 1 + 2 * drawn.length;
    const looks = { stroke: color("--ink-3"), grid: { stroke: color("--rule"), width: 1 }, ticks: { show: false }, font: "11px 'Instrument Sans Variable', sans-serif" };
    const options: uPlot.Options = {
      width: Math.max(200, element.clientWidth),
      height,
      legend: { show: false },
      padding: [10, END_LABEL, 0, 0],
      scales: {
        x: { time: false, range: (self, from, to) => widthFor(self.data[0], [from, to], bottom.current.end) },
        y: isLog ? LOG_SCALE : { range: (_, low, high) => heightsFor(low, high, { isShare, isFromZero }) },
      },
      cursor: { y: false, points: { size: (_, index) => (index < firstBound ? 8 : 0) }, drag: { x: true, y: false }, sync: { key: axis.key, setSeries: false } },
      axes: [
        { ...looks, grid: { show: false }, size: 26, incrs: increments(axis.smallest), values: (_, values) => values.map((value) => bottom.current.format(value)) },
        { ...looks, size: 52, space: 26, values: (_, values) => values.map((value: number | null) => (value === null ? "" : formatter.current(value))) },
      ],
      series: [
        {},
        ...drawn.map((curve) => lineOf(curve, true)),
        ...drawn.map((curve) => lineOf(curve, false)),
        ...banded.flatMap(({ key }) => [0, 1].map((): uPlot.Series => ({ width: 0, spanGaps: true, show: !hidden.has(key), points: { show: false } }))),
      ],
      bands: banded.map(({ color: name }, at): uPlot.Band => ({ series: [firstBound + 2 * at + 1, firstBound + 2 * at], fill: () => withAlpha(color(name)(), 0.16) })),
      hooks: {
        setScale: [
          (self, scale) => {
            if (scale !== "x" || plot.current !== self) return;
            const span = shownBy(self);
            const before = zoom.current?.span ?? null;
            const shown = isPart(self.data[0], span) ? span : null;
            zoom.current = shown && { axis: axis.key, span: shown };
            if (isSameSpan(before, shown)) return;
            setShownSpan(shown);
            onZoom?.(shown);
          },
        ],
        setCursor: [
          (self) => {
            const index = self.cursor.idx;
            const steps = latestData.current[0];
            if (index == null) {
              setReadout(null);
              return;
            }
            const values = drawn.map((_, at) => nearest(latestData.current[1 + drawn.length + at] ?? [], index));
            const visible = values.map((value, at) => (hidden.has(drawn[at]?.key ?? "") ? null : value));
            const { top = 0 } = self.cursor;
            const near = top > 0 ? nearestCurves(visible, (value) => Math.abs(self.valToPos(value, "y") - top), MOST_NAMED) : null;
            const room = names.current?.offsetHeight ?? 0;
            setReadout((before) => ({ at: steps[index] ?? 0, values, near, room: Math.max(room, before?.room ?? 0) }));
          },
        ],
      },
    };
    const chart = new uPlot(options, latestData.current, element);
    plot.current = chart;
    if (zoom.current?.axis === axis.key) show(chart, zoom.current.span);
    const observer = new ResizeObserver(() => chart.setSize({ width: Math.max(200, element.clientWidth), height }));
    observer.observe(element);
    const unwatch = onSchemeChange(() => {
      look();
      chart.redraw(false);
    });
    return () => {
      observer.disconnect();
      unwatch();
      chart.destroy();
      plot.current = null;
    };
    // Drawn anew only when the looks change; new points go through setData above.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape, isLog, isFromZero, isShare, height, axis.key]);

  const leave = () => {
    if (plot.current !== null) moveCursor(plot.current, -10);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chart = plot.current;
    const move = KEY_MOVES[event.key];
    const factor = KEY_ZOOMS[event.key];
    const steps = latestData.current[0];
    if (chart === null || steps.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (move !== undefined) {
      event.preventDefault();
      const index = Math.max(0, Math.min(steps.length - 1, (chart.cursor.idx ?? (move > 0 ? -1 : steps.length)) + move));
      const at = steps[index] ?? 0;
      if (zoom.current !== null) showOnAll(axis.key, spanWith(zoom.current.span, at));
      moveCursor(chart, chart.valToPos(at, "x"));
    }
    if (factor !== undefined) {
      event.preventDefault();
      const shown = shownBy(chart);
      const index = chart.cursor.idx;
      const at = index == null ? (shown[0] + shown[1]) / 2 : (steps[index] ?? 0);
      showOnAll(axis.key, zoomedSpan(steps, shown, at, factor));
      if (index != null) moveCursor(chart, chart.valToPos(at, "x"));
    }
  };
  const showWhole = () => {
    showOnAll(axis.key, null);
    // The button goes, and the focus must not go with it.
    host.current?.focus();
  };

  const valueText = (value: number | null | undefined) => (value === undefined || value === null ? "–" : formatValue(value));
  const first = data[0][0] ?? 0;
  const last = data[0].at(-1) ?? 0;
  const isFolded = drawn.length > MOST_NAMED && !isUnfolded && !isPrinted;
  const places = drawn.map((_, place) => place);
  const named = isFolded ? (readout?.near ?? places.slice(0, MOST_NAMED)) : places;
  const isEmpty = curves.every((curve) => curve.points.length === 0);
  const spoken = curves
    .filter((curve) => curve.points.length > 0 && !hidden.has(curve.key))
    .map((curve) => {
      const last = curve.points.at(-1);
      return t("chart.spoken", { label: curve.label, count: curve.points.length, value: last ? formatValue(last[2]) : "–", at: last ? axis.read(axis.of(last)) : "–" });
    })
    .join(" ");
  return (
    <figure className={classes["figure"]} aria-label={title}>
      <div className={classes["head"]}>
        <figcaption className={classes["title"]}>{title}</figcaption>
        <ul ref={names} className={classes["legend"]} style={isFolded && readout !== null ? { minHeight: readout.room } : undefined}>
          {readout !== null && <li className="num">{axis.read(readout.at)}</li>}
          {named.map((place) => {
            const curve = drawn[place];
            if (curve === undefined) return null;
            const value = readout === null ? curve.points.at(-1)?.[2] : readout.values[place];
            return (
              <li key={curve.key}>
                <LegendEntry curve={curve} isHidden={hidden.has(curve.key)} onToggle={onToggle}>
                  {curve.label} <b>{valueText(value)}</b>
                </LegendEntry>
              </li>
            );
          })}
          {drawn.length > MOST_NAMED && !isPrinted && (
            <li>
              <button type="button" className={classes["toggle"]} aria-expanded={isUnfolded} onClick={() => setUnfolded(!isUnfolded)}>
                <u>{isUnfolded ? t("chart.fewer_names") : t("chart.more_names", { count: drawn.length - named.length })}</u>
              </button>
            </li>
          )}
        </ul>
      </div>
      <div className={classes["frame"]}>
        {/* The cursor is a slider along the bottom axis: what it says is what the curves say there. */}
        <div
          ref={host}
          className={classes["plot"]}
          style={{ height }}
          role="slider"
          aria-roledescription={t("chart.role")}
          aria-label={spoken === "" ? t("chart.empty") : spoken}
          aria-valuemin={first}
          aria-valuemax={last}
          aria-valuenow={readout?.at ?? last}
          aria-valuetext={readout === null ? undefined : [axis.read(readout.at), ...drawn.map((curve, index) => `${curve.label} ${valueText(readout.values[index])}`)].join(", ")}
          aria-disabled={isEmpty}
          tabIndex={isEmpty ? -1 : 0}
          onKeyDown={onKeyDown}
          onBlur={leave}
        >
          {isEmpty && <p className={classes["waiting"]}>{t("chart.empty")}</p>}
        </div>
        {shownSpan !== null && (
          <Button type="button" variant="default" size="compact-xs" className={classes["whole"] ?? ""} onClick={showWhole}>
            {t("chart.whole")}
          </Button>
        )}
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
    <button type="button" className={classes["toggle"]} data-print="text" aria-pressed={!isHidden} onClick={() => onToggle(curve.key)}>
      {content}
    </button>
  );
}

function shownBy({ scales }: uPlot): Span {
  return [scales["x"]?.min ?? 0, scales["x"]?.max ?? 0];
}

/** At once, so that places on the screen are those of the new span. Null for the whole. */
function show(chart: uPlot, span: Span | null): void {
  chart.batch(() => {
    if (span === null) chart.setData(chart.data);
    else chart.setScale("x", { min: span[0], max: span[1] });
  });
}

/** As a drag of the pointer does it, on all charts that share the cursor. */
function showOnAll(axisKey: string, span: Span | null): void {
  for (const chart of uPlot.sync(axisKey).plots) show(chart, span);
}

/** As the pointer does it, the other charts along; that this is its third argument, uPlot's types leave out. */
function moveCursor(chart: uPlot, left: number): void {
  (chart.setCursor as (place: { left: number; top: number }, isTold: boolean, isShared: boolean) => void)({ left, top: Math.min(left, 0) }, true, true);
}

/** As many as can be drawn, most of them where the reader looks. */
function drawnPoints(points: readonly Point[], axis: HorizontalAxis, span: Span | null): readonly Point[] {
  if (span === null || points.length <= MAX_DRAWN) return downsample(points, MAX_DRAWN);
  const [first, end] = [points.findIndex((point) => axis.of(point) >= span[0]), points.findIndex((point) => axis.of(point) > span[1])];
  const from = first === -1 ? points.length : first;
  const to = end === -1 ? points.length : end;
  return [...downsample(points.slice(0, from), MAX_BEYOND), ...downsample(points.slice(from, to), MAX_DRAWN), ...downsample(points.slice(to), MAX_BEYOND)];
}

function placed(points: readonly Point[], axis: HorizontalAxis): readonly Point[] {
  return points.map((point): Point => [axis.of(point), point[1], point[2]]);
}

/** Curves have their points at different steps: the last one at or before the cursor. */
function nearest(values: ArrayLike<number | null | undefined>, index: number): number | null {
  for (let at = index; at >= 0; at -= 1) {
    const value = values[at];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}
