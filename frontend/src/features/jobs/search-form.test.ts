import { describe, expect, it } from "vitest";

import { countChanges, EMPTY_FORM, jobBody } from "@/features/jobs/job-form.ts";
import { isSearchRight, listOf, NO_SEARCH, plannedTrials, rowProblem, rowsOf, searchBody, type SearchForm, type SpaceRow } from "@/features/jobs/search-form.ts";
import { formFromJob } from "@/features/jobs/spec-text.ts";
import { searchJob } from "@/testing/search-fixtures.ts";

const RATE = "optimisation.learning_rate";
const row = (path: string, change: Partial<SpaceRow> = {}): SpaceRow => ({ path, isRange: false, values: "", low: "", high: "", isLog: false, ...change });
const search = (change: Partial<SearchForm> = {}): SearchForm => ({ ...NO_SEARCH, type: "grid", space: [row(RATE, { values: "1e-5, 1e-4" })], ...change });
const FULL = { method: "full", task: "classification" } as const;
const LORA = { method: "lora", task: "classification" } as const;
const problemOf = (form: SearchForm) => rowsOf(form, FULL).map((entry) => rowProblem(form, entry)?.kind)[0];

describe("searchBody", () => {
  it("says nothing of a job that searches nothing", () => {
    expect(searchBody(NO_SEARCH, FULL)).toBeUndefined();
  });

  it("makes a grid of lists, of numbers and of words", () => {
    const form = search({ space: [row(RATE, { values: "1e-5，1e-4 1e-4" }), row("optimisation.schedule", { values: "linear, cosine" }), row("optimisation.epochs", { values: "auto, 3" })], numTrials: "7" });
    expect(plannedTrials(form, FULL)).toBe(8);
    expect(searchBody(form, FULL)).toEqual({
      type: "grid",
      space: {
        [RATE]: { type: "choices", values: [1e-5, 1e-4] },
        "optimisation.schedule": { type: "choices", values: ["linear", "cosine"] },
        "optimisation.epochs": { type: "choices", values: ["auto", 3] },
      },
    });
  });

  it("draws from ranges, whole where the setting is whole", () => {
    const space = [row(RATE, { isRange: true, low: "1e-5", high: "1e-3", isLog: true }), row("optimisation.epochs", { isRange: true, low: "2", high: "6" })];
    expect(searchBody(search({ type: "optuna", space, numTrials: "12", pruner: "hyperband", maxSeconds: "600", maxCost: "2.5", sideBySide: "4" }), FULL)).toEqual({
      type: "optuna",
      num_trials: 12,
      pruner: "hyperband",
      max_seconds: 600,
      max_cost: 2.5,
      side_by_side: 4,
      space: { [RATE]: { type: "range", low: 1e-5, high: 1e-3, is_log: true }, "optimisation.epochs": { type: "range", low: 2, high: 6, is_integer: true } },
    });
  });

  it("forgets settings of a method that is not chosen any more", () => {
    const space = [row(RATE, { values: "1e-4" }), row("method.rank", { values: "4, 8" })];
    expect(rowsOf(search({ space }), LORA).map((entry) => entry.row.path)).toEqual([RATE, "method.rank"]);
    expect(searchBody(search({ space }), FULL)).toEqual({ type: "grid", space: { [RATE]: { type: "choices", values: [1e-4] } } });
    expect(isSearchRight(search({ space: space.slice(1) }), FULL)).toBe(false);
  });
});

describe("rowProblem", () => {
  it.each([
    [search({ space: [row(RATE)] }), "empty"],
    [search({ space: [row(RATE, { values: "fast" })] }), "not_a_number"],
    [search({ space: [row(RATE, { values: "7" })] }), "out_of_range"],
    [search({ space: [row("optimisation.epochs", { values: "2.5" })] }), "not_whole"],
    [search({ type: "random", space: [row(RATE, { isRange: true, low: "1e-4" })] }), "empty"],
    [search({ type: "random", space: [row(RATE, { isRange: true, low: "1e-3", high: "1e-4" })] }), "not_rising"],
    [search({ type: "random", space: [row("optimisation.weight_decay", { isRange: true, low: "0", high: "0.1", isLog: true })] }), "not_above_zero"],
    [search({ type: "random", space: [row("optimisation.weight_decay", { isRange: true, low: "0", high: "0.1" })] }), undefined],
  ])("%#: names what is wrong", (form, kind) => {
    expect(problemOf(form)).toBe(kind);
    expect(isSearchRight(form, FULL)).toBe(kind === undefined);
  });

  it("refuses a grid of too many trials", () => {
    const many = Array.from({ length: 40 }, (_, index) => index + 1).join(",");
    const space = [row("optimisation.epochs", { values: many }), row("seed", { values: many })];
    expect(isSearchRight(search({ space }), FULL)).toBe(false);
  });
});

it("keeps the order of a list and leaves repetitions out", () => {
  expect(listOf(" b，a、a; c ")).toEqual(["b", "a", "c"]);
});

it("asks for the same search again", () => {
  const copy = formFromJob(searchJob, "Copy");
  expect(countChanges(copy)).toBe(countChanges({ ...copy, search: NO_SEARCH }) + 1);
  expect(jobBody(copy)?.search).toMatchObject({ type: "optuna", num_trials: 12, space: { [RATE]: { type: "range", low: 1e-5, high: 1, is_log: true } } });
});

it("launches nothing while the search is not whole", () => {
  const whole = { ...EMPTY_FORM, versionId: "v", baseModel: "b", search: search() };
  expect(jobBody(whole)?.search).toBeDefined();
  expect(jobBody({ ...whole, search: search({ space: [] }) })).toBeNull();
  expect(jobBody({ ...whole, search: search({ maxSeconds: "soon" }) })).toBeNull();
});
