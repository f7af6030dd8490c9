import { expect, it } from "vitest";

import { newLabels, partFits } from "@/features/datasets/merge-fit.ts";

const roles = [{ role: "text" }, { role: "label" }, { role: "context" }] as const;

it("puts columns together by what they are used as, and tells what would be lost", () => {
  const here = { mapping: { text: "message", label: "intent" } };
  expect(partFits(here, { mapping: { text: "body", label: "intent" } }, roles).map(({ fit }) => fit)).toEqual(["fits", "fits"]);
  expect(partFits(here, { mapping: { text: "body", context: "tone" } }, roles)).toEqual([
    { role: "text", here: "message", there: "body", fit: "fits" },
    { role: "label", here: "intent", there: null, fit: "only_here" },
    { role: "context", here: null, there: "tone", fit: "only_there" },
  ]);
});

it("names labels that come", () => {
  const count = { train: 1, validation: 0, test: 0 };
  const labels = (...names: string[]) => ({ labels: names.map((label) => ({ label, ...count })) });
  expect(newLabels(labels("a", "b"), labels("b", "c"))).toEqual(["c"]);
  expect(newLabels(labels("a"), labels("a"))).toEqual([]);
});
