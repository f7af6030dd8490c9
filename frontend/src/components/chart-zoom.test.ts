import { expect, it } from "vitest";

import { isPart, spanWith, zoomedSpan } from "@/components/chart-zoom.ts";

const steps = Array.from({ length: 101 }, (_, step) => step);

it("comes closer around a place, which stays where it is on the screen", () => {
  expect(zoomedSpan(steps, [0, 100], 20, 0.5)).toEqual([10, 60]);
  expect(zoomedSpan(steps, [10, 60], 20, 0.5)).toEqual([15, 40]);
});

it("goes back no further than the curves reach, and is the whole there", () => {
  expect(zoomedSpan(steps, [10, 60], 20, 2)).toBeNull();
  expect(zoomedSpan(steps, [2, 42], 40, 2)).toEqual([0, 44]);
});

it("stays where nothing closer can be seen", () => {
  expect(zoomedSpan([0, 50, 100], [40, 100], 50, 0.5)).toEqual([40, 100]);
});

it("moves what is shown no further than a place asks for", () => {
  expect(spanWith([10, 20], 15)).toEqual([10, 20]);
  expect(spanWith([10, 20], 23)).toEqual([13, 23]);
  expect(spanWith([10, 20], 4)).toEqual([4, 14]);
});

it("knows a part from the whole", () => {
  expect(isPart(steps, [0, 100])).toBe(false);
  expect(isPart(steps, [0, 99])).toBe(true);
  expect(isPart([], [3, 4])).toBe(false);
});
