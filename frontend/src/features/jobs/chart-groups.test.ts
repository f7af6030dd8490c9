import { expect, it } from "vitest";

import { chartGroups } from "@/features/jobs/chart-groups.ts";
import { confusionsOf, topConfusions } from "@/features/jobs/confusions.ts";

const shown = (...names: string[]) =>
  chartGroups(Object.fromEntries(names.map((name) => [name, []]))).map((group) => [group.kind, group.names.map((entry) => entry.name)]);

it("puts curves that belong together on one chart, and unknown ones on their own", () => {
  expect(shown("validation/loss", "train/loss", "validation/refined_loss", "validation/micro_f1", "validation/accuracy", "train/grad_norm", "train/learning_rate")).toEqual([
    ["loss", ["train/loss", "validation/loss", "validation/refined_loss"]],
    ["quality", ["validation/accuracy", "validation/micro_f1"]],
    ["learning_rate", ["train/learning_rate"]],
    ["other", ["train/grad_norm"]],
  ]);
});

it("gives a chart to each validation figure that is not a share, in place of the shares that there are not", () => {
  expect(shown("validation/loss", "validation/pearson", "validation/made_up")).toEqual([
    ["loss", ["validation/loss"]],
    ["validation", ["validation/made_up"]],
    ["validation", ["validation/pearson"]],
  ]);
  expect(shown("validation/perplexity", "validation/token_accuracy").map(([kind]) => kind)).toEqual(["loss", "quality", "validation"]);
});

it("has the places of the charts that come from the first moment", () => {
  expect(shown().map(([kind]) => kind)).toEqual(["loss", "quality", "learning_rate"]);
});

it("finds the labels that are taken for one another most often", () => {
  expect(
    topConfusions(
      confusionsOf({
        confusion: [
          [8, 2, 0],
          [0, 5, 3],
          [0, 0, 0],
        ],
        confusion_cells: [],
        per_class: [],
      }),
      5,
    ),
  ).toEqual([
    { truth: 1, predicted: 2, count: 3, share: 3 / 8 },
    { truth: 0, predicted: 1, count: 2, share: 0.2 },
  ]);
});
