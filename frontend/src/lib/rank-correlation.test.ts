import { expect, it } from "vitest";

import { explainedByGroups, explainedByParabola, rankCorrelation } from "@/lib/rank-correlation.ts";

it("tells of the order alone", () => {
  expect(rankCorrelation([[1, 10], [2, 11], [3, 500]])).toBe(1);
  expect(rankCorrelation([[1e-5, 0.9], [1e-4, 0.8], [1e-3, 0.1]])).toBe(-1);
});

it("gives ties their mean rank, as scipy.stats.spearmanr does", () => {
  expect(rankCorrelation([[1, 1], [1, 2], [2, 3], [3, 3], [4, 2]])).toBeCloseTo(0.4596, 4);
});

it("tells nothing of what never varies, nor of a single pair", () => {
  expect(rankCorrelation([[1, 1], [1, 2], [1, 3]])).toBeNull();
  expect(rankCorrelation([[1, 2]])).toBeNull();
  expect(rankCorrelation([])).toBeNull();
});

it("tells how much of an order lies between groups: H of scipy.stats.kruskal over one less than there are figures", () => {
  expect((explainedByGroups(["a", "a", "b", "b", "a", "b"], [1, 2, 3, 4, 5, 6])?.share ?? NaN) * 5).toBeCloseTo(1.1905, 4);
  expect(explainedByGroups(["a", "b", "a", "b"], [1, 2, 1, 2])).toEqual({ share: 1, parameters: 1 });
  expect(explainedByGroups(["a", "b"], [3, 3])).toBeNull();
});

it("tells how much of an order a parabola explains: best in the middle, too", () => {
  expect(explainedByParabola([1e-5, 1e-4, 1e-3, 1e-2], [0.1, 0.2, 0.3, 0.4])?.share).toBeCloseTo(1);
  const middle = explainedByParabola([1, 2, 3, 4, 5], [0.1, 0.8, 0.9, 0.8, 0.1]);
  expect(middle?.parameters).toBe(2);
  expect(middle?.share).toBeGreaterThan(0.9);
  expect(explainedByParabola([0, 1, 0, 1], [1, 2, 1, 2])).toEqual({ share: 1, parameters: 1 });
  expect(explainedByParabola([7, 7, 7], [1, 2, 3])).toBeNull();
});
