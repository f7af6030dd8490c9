const MOST_INTERVALS = 5;
const TINY = 1e-9;
const HUNDREDTH = 0.01;

interface Range {
  low: number;
  high: number;
}

export interface Axis extends Range {
  ticks: readonly number[];
  /** How many decimals tell the ticks apart. */
  decimals: number;
}

/** An axis with round ticks and room for all ranges. */
export function niceAxis(ranges: readonly Range[]): Axis {
  const low = Math.min(...ranges.map((entry) => entry.low));
  const high = Math.max(...ranges.map((entry) => entry.high));
  // Where nothing varies, an axis is still needed.
  const span = high > low ? high - low : Math.max(Math.abs(low), 1) / 10;
  return axisBetween({ low, high: low + span }, Math.floor(Math.log10(span)) - 1);
}

/** The same for shares: from 0 to 1 at most, with ticks at whole percents. */
export function shareAxis(ranges: readonly Range[]): Axis {
  const low = Math.min(1 - HUNDREDTH, ...ranges.map((entry) => entry.low));
  const high = Math.max(HUNDREDTH, ...ranges.map((entry) => entry.high));
  return axisBetween({ low: Math.max(0, low), high: Math.min(1, high) }, -2);
}

/** The smallest step of 1, 2 or 5 times a power of ten that needs few enough intervals. */
function axisBetween({ low, high }: Range, fromExponent: number): Axis {
  for (let exponent = fromExponent; ; exponent += 1) {
    for (const factor of [1, 2, 5]) {
      const step = factor * 10 ** exponent;
      const first = Math.floor(low / step + TINY);
      const last = Math.max(first + 1, Math.ceil(high / step - TINY));
      if (last - first > MOST_INTERVALS) continue;
      const decimals = Math.max(0, -exponent);
      const ticks = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toFixed(decimals)));
      return { ticks, low: ticks[0] ?? low, high: ticks.at(-1) ?? high, decimals };
    }
  }
}
