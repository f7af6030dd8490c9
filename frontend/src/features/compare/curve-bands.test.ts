import { expect, it } from "vitest";

import { banded, placesOf } from "@/features/compare/curve-bands.ts";
import type { Point } from "@/lib/series.ts";

const line = (...points: (readonly [number, number])[]) => points.map(([step, value]): Point => [step, step / 10, value]);
const bySteps = ([step]: Point) => step;

it("tells of curves with other steps what they come to at each of them, and leaves out those that have ended", () => {
  const curves = [line([0, 4], [10, 2], [20, 0]), line([0, 2], [5, 8], [10, 4])];
  const places = placesOf(curves, bySteps);
  expect(places).toEqual([0, 5, 10, 20]);
  const { mean, low, high } = banded(curves, bySteps, places);
  expect(mean.map(([step, , value]) => [step, value])).toEqual([[0, 3], [5, 5.5], [10, 3], [20, 0]]);
  expect(low.map(([, , value]) => value)).toEqual([2, 3, 2, 0]);
  expect(high.map(([, , value]) => value)).toEqual([4, 8, 4, 0]);
});

it("goes by epochs where these are along the bottom, and passes over what is no number", () => {
  const curves = [line([0, 1], [5, NaN], [10, 3])];
  const { mean } = banded(curves, ([, epoch]) => epoch, [0, 0.5, 1]);
  expect(mean).toEqual([[0, 0, 1], [0.5, 0.5, 2], [1, 1, 3]]);
});

it("looks at few places of long curves, the last one among them", () => {
  const long = Array.from({ length: 2000 }, (_, at): Point => [at, at * 0.1, 1]);
  const places = placesOf([long], ([, epoch]) => epoch);
  expect(places).toHaveLength(300);
  expect(places.at(-1)).toBe(1999 * 0.1);
  expect(banded([long], ([, epoch]) => epoch, places).mean).toHaveLength(300);
});
