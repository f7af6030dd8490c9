import { describe, expect, it } from "vitest";

import { align, downsample, mergePoints, type Point, secondsAt, smooth } from "@/lib/series.ts";

const line = (steps: number[]): Point[] => steps.map((step) => [step, step / 10, step]);

describe("mergePoints", () => {
  it("appends what comes in order", () => {
    expect(mergePoints(line([1, 2]), line([3, 4]))).toEqual(line([1, 2, 3, 4]));
  });

  it("sorts what comes late", () => {
    expect(mergePoints(line([1, 5]), line([3, 2]))).toEqual(line([1, 2, 3, 5]));
  });

  it("keeps one point per step, the newest", () => {
    expect(mergePoints([[1, 0, 9]], [[1, 0, 4]])).toEqual([[1, 0, 4]]);
  });

  it("returns the same list when nothing comes, so that nothing is drawn anew", () => {
    const old = line([1]);
    expect(mergePoints(old, [])).toBe(old);
  });
});

describe("smooth", () => {
  it("leaves values alone without smoothing", () => {
    expect(smooth([3, 1, 2], 0)).toEqual([3, 1, 2]);
  });

  it("starts at the first value: the bias is corrected", () => {
    expect(smooth([2, 2, 2], 0.9).every((value) => Math.abs(value - 2) < 1e-12)).toBe(true);
  });

  it("keeps gaps as gaps and goes on behind them", () => {
    const [first, gap, last] = smooth([1, Number.NaN, 1], 0.5);
    expect([first, last]).toEqual([1, 1]);
    expect(gap).toBeNaN();
  });
});

describe("downsample", () => {
  it("keeps short curves as they are", () => {
    const points = line([1, 2, 3]);
    expect(downsample(points, 10)).toBe(points);
  });

  it("keeps the first, the last, the limit and a lonely spike", () => {
    const points: Point[] = Array.from({ length: 5000 }, (_, step) => [step, 0, step === 2500 ? 100 : 1]);
    const kept = downsample(points, 200);
    expect(kept).toHaveLength(200);
    expect(kept[0]).toEqual(points[0]);
    expect(kept.at(-1)).toEqual(points.at(-1));
    expect(kept.some((point) => point[2] === 100)).toBe(true);
    expect(kept.every((point, index) => index === 0 || point[0] > (kept[index - 1]?.[0] ?? -1))).toBe(true);
  });
});

describe("align", () => {
  it("puts curves of different steps on one axis with gaps", () => {
    expect(align([line([1, 2, 3]), [[2, 0, 7]]])).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [null, 7, null],
    ]);
  });
});

describe("secondsAt", () => {
  const clock = [[10, 1], [20, 5], [30, 5.5]] as const;

  it.each([
    [10, 1],
    [15, 3],
    [20, 5],
    [25, 5.25],
    [30, 5.5],
    [99, 5.5],
  ])("says of step %d that it came after %d seconds", (step, seconds) => {
    expect(secondsAt(clock, step)).toBe(seconds);
  });

  it("knows nothing without a clock", () => {
    expect(secondsAt([], 3)).toBeNull();
  });
});
