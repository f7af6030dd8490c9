import { expect, it } from "vitest";

import { niceAxis, shareAxis } from "@/components/nice-axis.ts";

it("chooses whole percents around shares, and stays between 0 and 1", () => {
  expect(shareAxis([{ low: 0.083, high: 0.976 }]).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(shareAxis([{ low: 0.911, high: 0.948 }]).ticks).toEqual([0.91, 0.92, 0.93, 0.94, 0.95]);
  expect(shareAxis([{ low: 1, high: 1 }]).ticks).toEqual([0.99, 1]);
  expect(shareAxis([{ low: 0, high: 0 }]).ticks).toEqual([0, 0.01]);
});

it("chooses round numbers around numbers of any size and sign", () => {
  expect(niceAxis([{ low: 0.412, high: 1.36 }])).toEqual({ ticks: [0.4, 0.6, 0.8, 1, 1.2, 1.4], low: 0.4, high: 1.4, decimals: 1 });
  expect(niceAxis([{ low: -0.31, high: 0.2 }, { low: 0.1, high: 0.89 }]).ticks).toEqual([-0.5, 0, 0.5, 1]);
  expect(niceAxis([{ low: 1203, high: 8800 }]).ticks).toEqual([0, 2000, 4000, 6000, 8000, 10_000]);
  expect(niceAxis([{ low: 0.00031, high: 0.00078 }]).ticks).toEqual([0.0003, 0.0004, 0.0005, 0.0006, 0.0007, 0.0008]);
});

it("has an axis where nothing varies", () => {
  for (const value of [0, 3, -41.5]) {
    const { low, high } = niceAxis([{ low: value, high: value }]);
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThan(low);
  }
});
