/** The part of the bottom axis that a chart shows. */
export type Span = readonly [from: number, to: number];

/** Values along the axis, rising. */
type Places = ArrayLike<number> & Iterable<number>;

/** So many places of the curves stay in view however far one zooms. */
const LEAST_PLACES = 2;

/**
 * What is shown after zooming by `factor` (below one: closer) around `at`, which keeps its place on the screen. Null for the whole;
 * what is shown now where nothing closer can be seen.
 */
export function zoomedSpan(places: Places, shown: Span, at: number, factor: number): Span | null {
  const first = places[0] ?? 0;
  const last = places[places.length - 1] ?? 0;
  const from = Math.max(first, at - (at - shown[0]) * factor);
  const to = Math.min(last, at + (shown[1] - at) * factor);
  if (from <= first && to >= last) return null;
  return factor < 1 && countWithin(places, [from, to]) < LEAST_PLACES ? shown : [from, to];
}

/** What is shown once a place is to be seen: moved as little as needed. */
export function spanWith(shown: Span, at: number): Span {
  const move = Math.min(0, at - shown[0]) + Math.max(0, at - shown[1]);
  return move === 0 ? shown : [shown[0] + move, shown[1] + move];
}

/** Whether curves go on beyond what is shown. */
export function isPart(places: Places, shown: Span): boolean {
  return places.length > 0 && (shown[0] > (places[0] ?? 0) || shown[1] < (places[places.length - 1] ?? 0));
}

export function isSameSpan(one: Span | null, other: Span | null): boolean {
  return one?.[0] === other?.[0] && one?.[1] === other?.[1];
}

function countWithin(places: Places, [from, to]: Span): number {
  let count = 0;
  for (const place of places) {
    if (place >= from && place <= to) count += 1;
  }
  return count;
}
