import { expect, it } from "vitest";

import { parallelAxis } from "@/components/parallel-axes.ts";

const ticks = (...given: Parameters<typeof parallelAxis>) => parallelAxis(...given).ticks.map(({ at, value }) => [value, Math.round(at * 100) / 100]);

it("places numbers by their size, or by their order of magnitude", () => {
  expect(ticks([3, 1, 2, 2])).toEqual([
    [1, 0],
    [2, 0.5],
    [3, 1],
  ]);
  const log = parallelAxis([1e-5, 1e-3], { isLog: true });
  expect(log.place(1e-4)).toBeCloseTo(0.5);
});

it("names ends and middle of many numbers, and nothing twice", () => {
  expect(ticks(Array.from({ length: 50 }, (_, index) => index))).toEqual([
    [0, 0],
    [24.5, 0.5],
    [49, 1],
  ]);
  expect(ticks([1, 1.01, 2])).toEqual([
    [1, 0],
    [2, 1],
  ]);
});

it("places words evenly, numbers among them first", () => {
  expect(ticks(["auto", 5, 3])).toEqual([
    [3, 0.17],
    [5, 0.5],
    ["auto", 0.83],
  ]);
});

it("has a place for a setting that never varies, and for none at all", () => {
  expect(ticks([7])).toEqual([[7, 0.5]]);
  expect(ticks([])).toEqual([]);
});

it("never takes a logarithm of nothing", () => {
  expect(parallelAxis([0, 10], { isLog: true }).place(5)).toBe(0.5);
});
