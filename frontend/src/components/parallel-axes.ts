const MOST_NAMED = 6;

export type AxisValue = string | number | boolean;

/** One axis of a parallel plot: where each value lies from 0 (bottom) to 1 (top), and what is written beside it. */
export interface ParallelAxis {
  place: (value: AxisValue) => number;
  ticks: readonly { at: number; value: AxisValue }[];
}

/** Numbers by their size (on a log axis by their order of magnitude); words, and numbers mixed with words, evenly. */
export function parallelAxis(values: readonly AxisValue[], { isLog = false } = {}): ParallelAxis {
  const distinct = [...new Set(values)];
  const numbers = distinct.filter((value) => typeof value === "number").sort((a, b) => a - b);
  if (numbers.length === distinct.length && numbers.length > 0) return numberAxis(numbers, isLog && (numbers[0] ?? 0) > 0);
  const ordered = [...numbers, ...distinct.filter((value) => typeof value !== "number").sort((a, b) => String(a).localeCompare(String(b)))];
  const at = (value: AxisValue) => (ordered.indexOf(value) + 0.5) / ordered.length;
  return { place: at, ticks: ordered.map((value) => ({ at: at(value), value })) };
}

function numberAxis(sorted: readonly number[], isLog: boolean): ParallelAxis {
  const scale = (value: number) => (isLog ? Math.log(value) : value);
  const low = scale(sorted[0] ?? 0);
  const high = scale(sorted.at(-1) ?? 0);
  // A setting that never varies lies in the middle.
  const place = (value: AxisValue) => (high > low ? (scale(Number(value)) - low) / (high - low) : 0.5);
  const middle = isLog ? Math.exp((low + high) / 2) : (low + high) / 2;
  const ends = [sorted[0] ?? 0, middle, sorted.at(-1) ?? 0];
  const named = apart(sorted.length <= MOST_NAMED ? sorted : ends, place);
  return { place, ticks: named.map((value) => ({ at: place(value), value })) };
}

const LINE = 0.07;

/** Leaves out what would be written over its neighbour; both ends stay. */
function apart(values: readonly number[], place: (value: number) => number): number[] {
  const last = values.at(-1) ?? 0;
  const kept: number[] = [];
  for (const value of values) {
    const before = kept.at(-1);
    const isClear = before === undefined || place(value) - place(before) >= LINE;
    if (value === last || (isClear && place(last) - place(value) >= LINE)) kept.push(value);
  }
  return kept;
}
