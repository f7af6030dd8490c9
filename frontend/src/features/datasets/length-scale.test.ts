import { expect, it } from "vitest";

import { shareOfPlot } from "@/features/datasets/length-scale.ts";

const BINS = [
  { low: 4, high: 8, num_rows: 3 },
  { low: 8, high: 32, num_rows: 0 },
];

it.each([
  [4, 0],
  [6, 0.25],
  [8, 0.5],
  [20, 0.75],
  [32, null],
  [3, null],
  [Infinity, null],
])("a length of %s stands at %s", (length, share) => {
  expect(shareOfPlot(BINS, length)).toBe(share);
});
