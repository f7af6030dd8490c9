import { describe, expect, it } from "vitest";

import { type BatchAxes, batchRows, countCombinations, MOST_COMBINATIONS, NO_AXES, seedProblem, totalOf } from "@/features/jobs/batch-form.ts";
import { EMPTY_FORM, type JobForm } from "@/features/jobs/job-form.ts";
import { settingsOf, withChoice } from "@/features/jobs/launch-choices.ts";
import { withLimit } from "@/features/jobs/job-limit.ts";
import type { BaseModel } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";

const small = fixtures.baseModel;
const other: BaseModel = { ...small, slug: "other", name: "Other", methods: ["full"] };
const models = [small, other];
const form = (change: Partial<JobForm> = {}): JobForm => ({ ...EMPTY_FORM, versionId: "v2", baseModel: small.slug, ...change });
const named = { title: "Intents", versionNumber: (id: string) => Number(id.slice(1)), methodName: (method: string) => method, seedName: (seed: string) => `seed ${seed}` };
const rowsOf = (axes: Partial<BatchAxes>, from = form(), title = named.title) => batchRows(from, { ...NO_AXES, ...axes }, models, { ...named, title });

describe("batchRows", () => {
  it("makes a job of every combination, named by what sets it apart", () => {
    const rows = rowsOf({ methods: ["full", "lora"], seeds: "1, 2" });
    expect(rows.map(({ body }) => body)).toEqual(
      (["full", "lora"] as const).flatMap((type) => [1, 2].map((seed) => ({ name: `${type} · seed ${String(seed)} · Intents`, dataset_version_id: "v2", base_model: small.slug, method: { type }, seed }))),
    );
    expect(new Set(rows.map(({ key }) => key)).size).toBe(4);
  });

  it("names only what differs", () => {
    expect(rowsOf({ methods: ["lora"], seeds: "1, 2" }).map(({ title, body }) => [title, body?.method])).toEqual([
      ["seed 1", { type: "lora" }],
      ["seed 2", { type: "lora" }],
    ]);
  });

  it("varies the data and the base model too, and knows what cannot be", () => {
    const rows = rowsOf({ baseModels: [small.slug, "other"], methods: ["full", "lora"], versionIds: ["v1", "v2"] });
    expect(rows).toHaveLength(8);
    expect(rows.filter(({ body }) => body === null).map(({ title }) => title)).toEqual(["Other · lora · v1", "Other · lora · v2"]);
    expect(rows[0]?.body).toMatchObject({ dataset_version_id: "v1", base_model: small.slug });
  });

  it("tries with each method the rates that fit it, under the same limit", () => {
    const thorough = withLimit(withChoice(form(), settingsOf("thorough", "classification", [small]) ?? expect.fail("no model")), { kind: "time", amount: "600" });
    const rates = batchRows(thorough, { ...NO_AXES, methods: ["full", "lora"] }, [small], named).map(({ body }) => body?.search);
    expect(rates).toMatchObject([
      { max_seconds: 600, space: { "optimisation.learning_rate": { values: ["auto", 3e-5, 3e-4] } } },
      { max_seconds: 600, space: { "optimisation.learning_rate": { values: ["auto", 3e-4, 3e-3] } } },
    ]);
  });

  it("takes a seed once however it is written, and none that is wrong", () => {
    expect(rowsOf({ seeds: "1, 01 2" })).toHaveLength(2);
    expect(rowsOf({ seeds: "1, 2.5" })).toEqual([]);
    expect(seedProblem("1, 2.5")).toEqual({ kind: "not_whole" });
    expect(countCombinations({ ...NO_AXES, methods: ["full", "lora"], seeds: "1 2 3" })).toBe(6);
  });

  it("makes no table that nobody reads", () => {
    const seeds = Array.from({ length: MOST_COMBINATIONS + 1 }, (_, seed) => String(seed)).join(" ");
    expect(rowsOf({ seeds })).toEqual([]);
  });

  it("shortens the title of a long name, never what sets the jobs apart", () => {
    const names = rowsOf({ seeds: "1, 2" }, form(), "x".repeat(200)).map(({ body }) => body?.name ?? "");
    expect(names.map((name) => name.length)).toEqual([200, 200]);
    expect(names[1]?.startsWith("seed 2 · x")).toBe(true);
  });
});

it("adds up only what is known of all", () => {
  expect(totalOf([{ low: 1, high: 2 }, { low: 10, high: 20 }])).toEqual({ low: 11, high: 22 });
  expect(totalOf([{ low: 1, high: 2 }, null])).toBeNull();
  expect(totalOf([])).toBeNull();
});
