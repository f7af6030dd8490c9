/** Places of the curves whose values lie nearest, the highest value first; `away` says how far one lies from where the reader points. */
export function nearestCurves(values: readonly (number | null)[], away: (value: number) => number, most: number): number[] {
  return values
    .flatMap((value, place) => (value === null ? [] : [{ place, value, distance: away(value) }]))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, most)
    .toSorted((a, b) => b.value - a.value)
    .map(({ place }) => place);
}
