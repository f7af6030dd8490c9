import uPlot from "uplot";

/** What uPlot asks: from the lowest and the highest value, null where there is none, to the ends of an axis. */
type Ends = [number | null, number | null];

/** Rounded outwards from nothing: of amounts the height is the size. */
const FROM_ZERO: uPlot.Range.Config = { min: { soft: 0, mode: 1, pad: 0 }, max: { pad: 0.1 } };
/** Above and below what varies, as a part of it; and of what does not vary, as a part of its size. */
const ROOM = 0.1;
/** Differences below this part of their size are what arithmetic of 32 bits leaves. */
const FLAT = 1e-6;
/** Of shares so much is shown at least: five percent, which has room for ticks. */
const LEAST_SHARES = 0.05;

export interface Heights {
  /** Values between 0 and 1: the axis never promises more. */
  isShare: boolean;
  /** Amounts: the axis begins at nothing. */
  isFromZero: boolean;
}

/** The ends of a left axis. */
export function heightsFor(low: number | null, high: number | null, { isShare, isFromZero }: Heights): Ends {
  if (low === null || high === null) return [null, null];
  if (isShare) return sharesAround(low, high, isFromZero);
  const isFlat = high - low <= FLAT * Math.max(Math.abs(low), Math.abs(high));
  if (!isFlat) return isFromZero ? uPlot.rangeNum(low, high, FROM_ZERO) : uPlot.rangeNum(low, high, ROOM, true);
  const room = ROOM * Math.abs(high) || 1;
  return [isFromZero ? 0 : low - room, high + room];
}

function sharesAround(low: number, high: number, isFromZero: boolean): Ends {
  const room = Math.max(ROOM * (high - low), (LEAST_SHARES - (high - low)) / 2);
  return [isFromZero ? 0 : Math.max(Math.min(0, low), low - room), Math.min(Math.max(1, high), high + room)];
}

/** The ends of a bottom axis: as far as the points go, or from nothing to where the axis will `end` while there is a single place. */
export function widthFor(places: ArrayLike<number>, shown: Ends, end: number | undefined): Ends {
  const first = places[0];
  const last = places[places.length - 1];
  if (first === undefined || first !== last) return shown;
  return [0, end !== undefined && end > first ? end : 2 * first || 1];
}

/** 1, 2 and 5 times powers of ten from the `smallest` on, so that neighbouring ticks are never written alike. */
export function increments(smallest: number): number[] {
  return Array.from({ length: 16 }, (_, power) => power).flatMap((power) => [1, 2, 5].map((factor) => Number((factor * smallest * 10 ** power).toPrecision(1))));
}
