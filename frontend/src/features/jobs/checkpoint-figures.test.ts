import { expect, it } from "vitest";

import { figurePairs, isJudged } from "@/features/jobs/checkpoint-figures.ts";
import type { Point } from "@/lib/series.ts";

const curves: Record<string, readonly Point[]> = {
  "train/loss": [[5, 0.5, 2], [10, 1, 1], [15, 1.5, 0.8]],
  "validation/accuracy": [[10, 1, 0.7], [20, 2, 0.8]],
  "validation/loss": [[10, 1, 1.1], [20, 2, 0.9]],
};

it("holds against one another what was measured at two steps, losses on validation first", () => {
  expect(figurePairs(curves, 20, 10)).toEqual([
    { curve: "validation/loss", first: 0.9, second: 1.1 },
    { curve: "validation/accuracy", first: 0.8, second: 0.7 },
    { curve: "train/loss", first: 0.8, second: 1 },
  ]);
});

it("takes no figure of another step for that of a checkpoint between two judgements", () => {
  expect(figurePairs(curves, 13, 10).map(({ first }) => first)).toEqual([null, null, 1]);
  expect([isJudged(curves, 10), isJudged(curves, 13), isJudged({}, 10)]).toEqual([true, false, false]);
});

it("has nothing to say of a run without curves", () => {
  expect(figurePairs({}, 1, 2)).toEqual([]);
});
