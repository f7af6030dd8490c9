/** Pure arithmetic on curves. A curve is points of [step, epoch, value] with rising steps. */
export type Point = readonly [step: number, epoch: number, value: number];

/** As the API tells it. */
export function asPoint([step = 0, epoch = 0, value = NaN]: readonly number[]): Point {
  return [step, epoch, value];
}

/** When steps were told, in order: [step, seconds since the beginning]. */
export type Clock = readonly (readonly [step: number, seconds: number])[];

/** Seconds at a step, on the line between the steps of the clock around it; null where there is no clock. */
export function secondsAt(clock: Clock, step: number): number | null {
  const first = clock[0];
  if (first === undefined) return null;
  let low = 0;
  let high = clock.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((clock[middle]?.[0] ?? 0) < step) low = middle + 1;
    else high = middle;
  }
  const after = clock[low] ?? first;
  const before = clock[Math.max(0, low - 1)] ?? first;
  if (after[0] <= step || after[0] === before[0]) return after[1];
  return before[1] + ((after[1] - before[1]) * (step - before[0])) / (after[0] - before[0]);
}

/** Adds points to a curve: sorted by step, and a step that comes again replaces the old value. */
export function mergePoints(old: readonly Point[], incoming: readonly Point[]): readonly Point[] {
  if (incoming.length === 0) return old;
  const last = old.at(-1);
  const isAppend =
    incoming.every((point, index) => index === 0 || point[0] > (incoming[index - 1]?.[0] ?? Infinity)) &&
    (last === undefined || (incoming[0]?.[0] ?? -1) > last[0]);
  if (isAppend) return [...old, ...incoming];
  const byStep = new Map<number, Point>();
  for (const point of old) byStep.set(point[0], point);
  for (const point of incoming) byStep.set(point[0], point);
  return [...byStep.values()].sort((a, b) => a[0] - b[0]);
}

/**
 * Exponential moving average with bias correction (Kingma & Ba 2015, section 3), so that the first points are not
 * pulled towards zero. `amount` 0 leaves the values as they are; gaps (NaN) stay gaps.
 */
export function smooth(values: readonly number[], amount: number): number[] {
  if (amount <= 0) return [...values];
  const keep = Math.min(amount, 0.999);
  let mean = 0;
  let weight = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    mean = keep * mean + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return mean / weight;
  });
}

/**
 * Largest-triangle-three-buckets (Steinarsson 2013): at most `max` points that keep the shape; the first and the last
 * always stay.
 */
export function downsample(points: readonly Point[], max: number): readonly Point[] {
  if (points.length <= max || max < 3) return points;
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return points;
  const kept: Point[] = [first];
  const size = (points.length - 2) / (max - 2);
  let anchor = first;
  for (let bucket = 0; bucket < max - 2; bucket += 1) {
    const start = Math.floor(bucket * size) + 1;
    const end = Math.floor((bucket + 1) * size) + 1;
    const next = points.slice(end, Math.min(Math.floor((bucket + 2) * size) + 1, points.length));
    const [nextStep, nextValue] = centre(next.length > 0 ? next : [last]);
    let best = points[start] ?? last;
    let bestArea = -1;
    for (let index = start; index < end; index += 1) {
      const point = points[index];
      if (point === undefined) continue;
      const area = Math.abs((anchor[0] - nextStep) * (point[2] - anchor[2]) - (anchor[0] - point[0]) * (nextValue - anchor[2]));
      if (area > bestArea) {
        best = point;
        bestArea = area;
      }
    }
    kept.push(best);
    anchor = best;
  }
  kept.push(last);
  return kept;
}

function centre(points: readonly Point[]): [number, number] {
  let step = 0;
  let value = 0;
  for (const point of points) {
    step += point[0];
    value += point[2];
  }
  return [step / points.length, value / points.length];
}

export type AlignedData = [number[], ...(number | null)[][]];

/** Curves of different steps on one axis, the shape that uPlot wants; a missing value is null. */
export function align(curves: readonly (readonly Point[])[]): AlignedData {
  const steps = [...new Set(curves.flatMap((curve) => curve.map((point) => point[0])))].sort((a, b) => a - b);
  const columns = curves.map((curve) => {
    const byStep = new Map(curve.map((point) => [point[0], point[2]]));
    return steps.map((step) => byStep.get(step) ?? null);
  });
  return [steps, ...columns];
}
