import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { EMPTY_FORM, jobBody } from "@/features/jobs/job-form.ts";
import { pathsIn } from "@/features/jobs/launch-parts.ts";
import { defaultAt, specSchema, suggestionsAt } from "@/features/jobs/spec-schema.ts";
import { formFromBody, formFromJob, specText } from "@/features/jobs/spec-text.ts";
import { contextAt } from "@/lib/json-text.ts";
import { finishedJob } from "@/testing/fixtures.ts";

// The schema that the server publishes, as it stands beside the page.
const schema = specSchema(JSON.parse(readFileSync("openapi.json", "utf-8")));

const offered = (text: string) => {
  const context = contextAt(text.replace("|", ""), text.indexOf("|"));
  return schema === null || context === null ? [] : suggestionsAt(schema, context).map((one) => one.insert);
};

describe("suggestions", () => {
  it("are the names of an object that are not there yet", () => {
    expect(offered('{"base_model": "x", |')).toContain('"optimisation": ');
    expect(offered('{"base_model": "x", |')).not.toContain('"base_model": ');
    expect(offered('{"optimisation": {"lea|')).toEqual(['"learning_rate": ']);
  });

  it("follow the kind of an object", () => {
    expect(offered('{"method": {"type": "lora", "|')).toContain('"rank": ');
    expect(offered('{"method": {"type": "full", "|')).not.toContain('"rank": ');
    expect(offered('{"search": {"type": "optuna", "pr|')).toContain('"pruner": ');
    expect(offered('{"search": {"type": "random", "space": {"optimisation.epochs": {"type": "range", "low": 1, "is_|')).toEqual(['"is_log": ', '"is_integer": ']);
  });

  it("are the closed values of a setting", () => {
    expect(offered('{"optimisation": {"schedule": |')).toEqual(['"linear"', '"cosine"', '"constant"']);
    expect(offered('{"optimisation": {"epochs": |')).toContain('"auto"');
    expect(offered('{"optimisation": {"gradient_checkpointing": |')).toEqual(["true", "false"]);
    expect(offered('{"method": {"type": "ad|')).toEqual(['"adalora"', '"adapter"']);
  });

  it("begin with what is typed, and are none where nothing is known", () => {
    expect(offered('{"optimisation": {"schedule": "co|')).toEqual(['"cosine"', '"constant"']);
    expect(offered('{"nothing": {"x|')).toEqual([]);
    expect(specSchema({})).toBeNull();
  });

  it("know what a setting is where it is left out", () => {
    expect(schema && defaultAt(schema, ["optimisation", "weight_decay"], new Map())).toBe(0.01);
  });
});

describe("a launch as text", () => {
  const form = { ...EMPTY_FORM, versionId: "v", baseModel: "m", datasetId: "d" };

  it("has its parts in the order of the schema", () => {
    const names = Object.keys(JSON.parse(specText({ seed: 1, base_model: "m", optimisation: {}, name: "x" }, schema)) as object);
    expect(names).toEqual(["name", "base_model", "optimisation", "seed"]);
  });

  it("comes back to the same form, and loses nothing", () => {
    const full = { ...formFromJob(finishedJob, "copy"), numbers: { epochs: "3", batch_size: "16", rank: "8" }, method: "lora" as const, choices: { schedule: "cosine" }, switches: ["use_dora"], targetModules: "q, v", patience: "4" };
    const body = jobBody(full);
    expect(body).not.toBeNull();
    const again = formFromBody(body, full, schema);
    expect(jobBody(again)).toEqual(body);
    expect(again.beyond).toEqual({});
  });

  it("keeps what the form cannot show, and not what is the default anyway", () => {
    const body = {
      dataset_version_id: "v",
      base_model: "m",
      method: { type: "full" },
      optimisation: { weight_decay: 0.01, epochs: 3, averaging: { type: "ema", decay: 0.9 } },
      checkpointing: { keep_last: 3 },
      colour: "red",
    };
    const shown = formFromBody(body, form, schema);
    expect(shown.numbers).toEqual({ epochs: "3" });
    expect(pathsIn(shown.beyond).sort()).toEqual(["checkpointing.keep_last", "colour", "optimisation.averaging.decay"]);
  });

  it.each([null, [], "text", { method: 3, search: { type: "grid", space: 4 }, optimisation: "fast" }])("survives %j", (body) => {
    expect(() => jobBody(formFromBody(body, form, schema))).not.toThrow();
  });
});
