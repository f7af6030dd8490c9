import type { ThresholdCurve } from "@/lib/api-types.ts";

export interface ThresholdFigures {
  threshold: number;
  given: number;
  /** Null where nothing is given: no share of nothing. All three are null where no row is of the label. */
  precision: number | null;
  recall: number | null;
  f1: number | null;
}

/** What each threshold of a curve comes to. */
export function figuresOf({ thresholds, given, hits, num_true: numTrue }: ThresholdCurve): ThresholdFigures[] {
  return thresholds.map((threshold, index) => {
    const said = given[index] ?? 0;
    const right = hits[index] ?? 0;
    return {
      threshold,
      given: said,
      precision: said === 0 || numTrue === 0 ? null : right / said,
      recall: numTrue === 0 ? null : right / numTrue,
      f1: numTrue === 0 ? null : (2 * right) / (said + numTrue),
    };
  });
}

/** The entry whose threshold is nearest. */
export function nearestIndex(thresholds: readonly number[], wanted: number): number {
  return thresholds.reduce((best, value, index) => (Math.abs(value - wanted) < Math.abs((thresholds[best] ?? 0) - wanted) ? index : best), 0);
}

/** The entry with the highest F1, the middle one of several. */
export function bestIndex(figures: readonly ThresholdFigures[]): number {
  const highest = Math.max(...figures.map(({ f1 }) => f1 ?? 0));
  const best = figures.flatMap(({ f1 }, index) => (f1 === highest ? [index] : []));
  return best[Math.floor(best.length / 2)] ?? 0;
}
