import { describe, expect, it } from "vitest";

import { countChanges, EMPTY_FORM, type JobForm, jobBody, problemsOf } from "@/features/jobs/job-form.ts";
import { parseNumber } from "@/features/jobs/number-text.ts";
import { CHOICE_FIELDS, fieldsFor, isOf, METHODS, SWITCH_FIELDS } from "@/features/jobs/expert-settings.ts";
import { pathsIn } from "@/features/jobs/launch-parts.ts";
import { formFromJob } from "@/features/jobs/spec-text.ts";
import type { JobCreate } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";

const form = (change: Partial<JobForm> = {}): JobForm => ({ ...EMPTY_FORM, versionId: "v", baseModel: "minilm-l6-v2", ...change });

describe("jobBody", () => {
  it("sends nothing but what was chosen", () => {
    expect(jobBody(form())).toEqual({ dataset_version_id: "v", base_model: "minilm-l6-v2", method: { type: "full" } });
  });

  it("puts every setting where the spec has it", () => {
    const body = jobBody(
      form({
        name: "  Mine ",
        method: "lora",
        numbers: { rank: "8", learning_rate: "2e-4", epochs: "3", max_length: "128", max_seconds: "600", seed: "7" },
        choices: { schedule: "cosine" },
        isStoppedEarly: false,
      }),
    );
    expect(body).toEqual({
      name: "Mine",
      dataset_version_id: "v",
      base_model: "minilm-l6-v2",
      method: { type: "lora", rank: 8 },
      optimisation: { learning_rate: 2e-4, epochs: 3, schedule: "cosine", early_stopping: null },
      task: { type: "classification", max_length: 128 },
      limits: { max_seconds: 600 },
      seed: 7,
    });
  });

  it.each(METHODS)("sends of %s what was chosen for it, and reads it back from the job", (method) => {
    const learning = { method, task: EMPTY_FORM.task };
    const shown = isOf(learning);
    const numbers = Object.fromEntries(fieldsFor(learning).filter((field) => field.group === "method").map((field) => [field.key, String(field.isInteger ? field.min + 3 : field.max / 2)]));
    const choices = Object.fromEntries(CHOICE_FIELDS.filter((field) => shown(field)).map((field) => [field.key, field.options.at(-1)?.[0] ?? ""]));
    const switches = SWITCH_FIELDS.filter((field) => shown(field)).map((field) => field.key);
    const filled = form({ method, numbers, choices, switches, targetModules: "query, value" });
    const body = jobBody(filled);
    if (body === null) throw new Error("the form is whole");
    const again = formFromJob({ ...fixtures.finishedJob, launch: body }, "Copy");
    expect(again.beyond).toEqual({});
    expect(jobBody(again)).toEqual({ ...body, name: "Copy" });
    const ofTraining = [...CHOICE_FIELDS, ...SWITCH_FIELDS].filter((field) => field.group === "optimisation" || field.group === "task");
    expect(countChanges(filled)).toBe(Object.keys(body.method ?? {}).length - 1 + ofTraining.length);
  });

  it("leaves LoRA settings out of a full fine-tuning, even wrong ones", () => {
    expect(jobBody(form({ numbers: { rank: "many" } }))?.method).toEqual({ type: "full" });
  });

  it.each([{ versionId: null }, { baseModel: null }, { numbers: { epochs: "0" } }, { patience: "x" }])("refuses what is incomplete or wrong: %j", (change) => {
    expect(jobBody(form(change))).toBeNull();
  });
});

describe("problemsOf", () => {
  it("says what is wrong with each number", () => {
    const problems = problemsOf(form({ numbers: { epochs: "1.5", batch_size: "9999", learning_rate: "fast" } }));
    expect(problems).toEqual({
      epochs: { kind: "not_whole" },
      batch_size: { kind: "out_of_range", min: 1, max: 4096 },
      learning_rate: { kind: "not_a_number" },
    });
  });
});

describe("parseNumber", () => {
  it("reads what people type", () => {
    expect(["2e-5", " 0,1 ", "１２", ".5", "-1"].map(parseNumber)).toEqual([2e-5, 0.1, 12, 0.5, -1]);
    expect(["", "abc", "1e", "0x10", "Infinity", "1.2.3"].map(parseNumber)).toEqual([null, null, null, null, null, null]);
  });
});

describe("formFromJob", () => {
  it("asks for the same job again and shows only what differs from the defaults", () => {
    const copy = formFromJob(fixtures.finishedJob, "Copy");
    expect(countChanges(copy)).toBe(1);
    expect(jobBody(copy)).toEqual({
      name: "Copy",
      dataset_version_id: fixtures.version.id,
      base_model: "minilm-l6-v2",
      method: { type: "full" },
      optimisation: { batch_size: 32 },
    });
  });

  it("keeps a watched metric that the form does not offer, and all else that it has no field for", () => {
    const optimisation = { early_stopping: { metric: "spearman", min_delta: 0.01 }, averaging: { type: "ema", decay: 0.9 }, epochs: 3 };
    const augmentation = { cutoff: { share: 0.2 } };
    const launch = { ...fixtures.finishedJob.launch, optimisation, augmentation } as JobCreate;
    const copy = formFromJob({ ...fixtures.finishedJob, launch }, "Copy");
    expect(pathsIn(copy.beyond).sort()).toEqual(["augmentation.cutoff.share", "optimisation.averaging.decay", "optimisation.early_stopping.min_delta"]);
    expect(jobBody(copy)).toEqual({
      ...launch,
      name: "Copy",
      method: { type: "full" },
      optimisation: { ...optimisation, early_stopping: { metric: "spearman", patience: "auto", min_delta: 0.01 } },
    });
  });

  it("lets the form have the last word over what was copied", () => {
    const launch = { ...fixtures.finishedJob.launch, method: { type: "lora", target_layers: 3 }, optimisation: { early_stopping: { min_delta: 0.01 } } } as unknown as JobCreate;
    const copy = formFromJob({ ...fixtures.finishedJob, launch }, "Copy");
    expect(jobBody({ ...copy, isStoppedEarly: false })?.optimisation).toEqual({ early_stopping: null });
    expect(jobBody({ ...copy, method: "full" })?.method).toEqual({ type: "full" });
    expect(jobBody(copy)?.method).toEqual({ type: "lora", target_layers: 3 });
  });
});
