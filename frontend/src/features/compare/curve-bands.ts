import type { Point } from "@/lib/series.ts";

/** More places than this along an axis nobody sees. */
const MOST_PLACES = 300;

export interface Banded {
  mean: readonly Point[];
  low: readonly Point[];
  high: readonly Point[];
}

/**
 * What several curves come to at each of `places`: their mean, their lowest and their highest value. Between its points a curve is the
 * line that is drawn between them; where it has not begun, or has ended, it does not count. Along an axis, a point is at its `of`, and
 * the points of the answer have that place for their step and their epoch.
 */
export function banded(curves: readonly (readonly Point[])[], of: (point: Point) => number, places: readonly number[]): Banded {
  const found: { mean: Point[]; low: Point[]; high: Point[] } = { mean: [], low: [], high: [] };
  const readers = curves.map((curve) => reader(curve, of));
  for (const place of places) {
    const values = readers.flatMap((read) => read(place) ?? []);
    if (values.length === 0) continue;
    found.mean.push([place, place, values.reduce((sum, value) => sum + value, 0) / values.length]);
    found.low.push([place, place, Math.min(...values)]);
    found.high.push([place, place, Math.max(...values)]);
  }
  return found;
}

/** Where curves are looked at: at every place where one has a point, or at as many as are seen. */
export function placesOf(curves: readonly (readonly Point[])[], of: (point: Point) => number): number[] {
  const places = [...new Set(curves.flatMap((curve) => curve.map(of)))].sort((a, b) => a - b);
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  if (places.length <= MOST_PLACES) return places;
  return Array.from({ length: MOST_PLACES }, (_, index) => (index === MOST_PLACES - 1 ? last : first + ((last - first) * index) / (MOST_PLACES - 1)));
}

/** Reads a curve at rising places; null outside of it. */
function reader(curve: readonly Point[], of: (point: Point) => number): (place: number) => number | null {
  const points = curve.filter(([, , value]) => Number.isFinite(value));
  let next = 0;
  return (place) => {
    while (next < points.length && of(points[next] ?? [0, 0, 0]) < place) next += 1;
    const after = points[next];
    if (after === undefined) return null;
    if (of(after) === place) return after[2];
    const before = points[next - 1];
    if (before === undefined) return null;
    return before[2] + ((after[2] - before[2]) * (place - of(before))) / (of(after) - of(before));
  };
}
