const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2];
const MAX_INTERVALS = 5;
const TINY = 1e-9;

/** Round ticks for an axis of shares (0 to 1) that has room for all intervals. */
export function niceTicks(intervals: readonly { low: number; high: number }[]): number[] {
  const low = Math.max(0, Math.min(1, ...intervals.map((entry) => entry.low)));
  const high = Math.min(1, Math.max(0, ...intervals.map((entry) => entry.high)));
  for (const step of STEPS) {
    const end = Math.round(1 / step);
    const first = Math.min(end - 1, Math.floor(low / step + TINY));
    const last = Math.max(first + 1, Math.ceil(high / step - TINY));
    if (last - first <= MAX_INTERVALS) return Array.from({ length: last - first + 1 }, (_, index) => Math.round((first + index) * step * 100) / 100);
  }
  return [0, 0.2, 0.4, 0.6, 0.8, 1];
}
