import { expect, it } from "vitest";

import { chartGroups } from "@/features/jobs/chart-groups.ts";
import { topConfusions } from "@/features/jobs/confusions.ts";
import { niceTicks } from "@/components/nice-ticks.ts";

it("puts curves that belong together on one chart, and unknown ones on their own", () => {
  const groups = chartGroups({ "validation/loss": [], "train/loss": [], "validation/accuracy": [], "train/grad_norm": [] });
  expect(groups.map((group) => [group.title, group.names.map((entry) => entry.name)])).toEqual([
    ["loss", ["train/loss", "validation/loss"]],
    ["quality", ["validation/accuracy"]],
    ["train/grad_norm", ["train/grad_norm"]],
  ]);
});

it("has the two main charts from the first moment", () => {
  expect(chartGroups({}).map((group) => group.kind)).toEqual(["loss", "quality"]);
});

it("finds the labels that are taken for one another most often", () => {
  expect(
    topConfusions(
      [
        [8, 2, 0],
        [0, 5, 3],
        [0, 0, 0],
      ],
      5,
    ),
  ).toEqual([
    { truth: 1, predicted: 2, count: 3, share: 3 / 8 },
    { truth: 0, predicted: 1, count: 2, share: 0.2 },
  ]);
});

it("chooses round ticks around the intervals", () => {
  expect(niceTicks([{ low: 0.083, high: 0.976 }])).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(niceTicks([{ low: 0.911, high: 0.948 }])).toEqual([0.91, 0.92, 0.93, 0.94, 0.95]);
  expect(niceTicks([{ low: 1, high: 1 }])).toEqual([0.99, 1]);
});
