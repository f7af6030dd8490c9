import { expect, it } from "vitest";

import { jobStyle } from "@/features/compare/job-style.ts";
import { overlaidCurves } from "@/features/compare/overlaid-curves.ts";

const series = (...names: string[]) => names.map((name) => ({ name, points: [[1, 0.1, 2]] }));

it("puts the curves of one kind of all jobs on one chart, losses first, and leaves single trials out", () => {
  const curves = [
    { id: "a", series: series("train/learning_rate", "validation/accuracy", "train/loss") },
    { id: "b", series: series("validation/loss", "train/loss", "trial-3/train/loss") },
  ];
  const charts = overlaidCurves(curves, new Map());
  expect(charts.map(({ name, jobs }) => [name, jobs.map(({ id }) => id)])).toEqual([
    ["train/loss", ["a", "b"]],
    ["validation/loss", ["b"]],
    ["validation/accuracy", ["a"]],
    ["train/learning_rate", ["a"]],
  ]);
  expect(charts[0]?.jobs[0]?.points).toEqual([[1, 0.1, 2]]);
});

it("shows of a search the curves of its best trial, as those of a single run", () => {
  const curves = [
    { id: "a", series: series("train/loss") },
    { id: "b", series: series("trial-2/train/loss", "trial-12/train/loss", "trial-12/validation/f1") },
  ];
  const charts = overlaidCurves(curves, new Map([["b", 12]]));
  expect(charts.map(({ name, jobs }) => [name, jobs.map(({ id }) => id)])).toEqual([
    ["train/loss", ["a", "b"]],
    ["validation/f1", ["b"]],
  ]);
});

it("draws each of eight jobs like no other", () => {
  const looks = Array.from({ length: 8 }, (_, place) => jobStyle(place));
  expect(new Set(looks.map(({ color }) => color)).size).toBe(8);
  for (const [place, look] of looks.entries()) expect(look.dash).not.toEqual(looks[place + 1]?.dash);
});
