const STEP = 0.04;

/** The axis for shares: all intervals inside, ends on multiples of 4 %, so that quarter ticks are whole percents. */
export function niceRange(intervals: readonly { low: number; high: number }[]): [number, number] {
  const low = Math.min(1, ...intervals.map((entry) => entry.low));
  const high = Math.max(0, ...intervals.map((entry) => entry.high));
  const start = Math.max(0, Math.floor((low - 0.005) / STEP) * STEP);
  const end = Math.min(1, Math.ceil((high + 0.005) / STEP) * STEP);
  return end - start < STEP ? [Math.max(0, end - STEP), end] : [start, end];
}
