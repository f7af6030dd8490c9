import { describe, expect, it } from "vitest";

import { EMPTY_FORM, type JobForm, jobBody } from "@/features/jobs/job-form.ts";
import { kindIn, limitOf, settled, withLimit } from "@/features/jobs/job-limit.ts";
import { choiceOf, CHOICES, fittingModels, searchAround, settingsOf, withChoice } from "@/features/jobs/launch-choices.ts";
import { formFromBody, formFromJob } from "@/features/jobs/spec-text.ts";
import type { BaseModel } from "@/lib/api-types.ts";
import { TASKS } from "@/lib/tasks.ts";
import * as fixtures from "@/testing/fixtures.ts";

const small: BaseModel = { ...fixtures.baseModel, tasks: [...fixtures.baseModel.tasks, "masked_lm", "translation"] };
const large: BaseModel = { ...small, slug: "large", name: "Large", num_parameters: 335_000_000 };
const huge: BaseModel = { ...small, slug: "huge", num_parameters: 7_000_000_000, is_large: true, tasks: ["causal_lm", "chat", "preference", "translation"], usual_rates: { chat: 1.2e-5 } };
const models = [small, large, huge];
const form = (change: Partial<JobForm> = {}): JobForm => ({ ...EMPTY_FORM, versionId: "v", baseModel: small.slug, ...change });
const after = (choice: (typeof CHOICES)[number], from = form(), known = models) => withChoice(from, settingsOf(choice, from.task, known) ?? expect.fail("no model"));

describe("settingsOf", () => {
  it("makes of quick the output layer alone, of balanced what the rules say, of thorough the largest model and three rates", () => {
    expect(jobBody(after("quick"))).toMatchObject({ base_model: small.slug, method: { type: "last_layers", layers: 0 }, optimisation: { epochs: 1, r_drop: 0 } });
    expect(jobBody(after("balanced"))).toEqual({ dataset_version_id: "v", base_model: small.slug, method: { type: "full" } });
    expect(jobBody(after("thorough"))).toMatchObject({
      base_model: large.slug,
      method: { type: "full" },
      search: { type: "grid", space: { "optimisation.learning_rate": { type: "choices", values: ["auto", 3e-5, 3e-4] } } },
    });
  });

  it("trains the whole base model, once, where its features alone say little", () => {
    const quick = jobBody(after("quick", form({ task: "pair_classification" })));
    expect(quick).toMatchObject({ method: { type: "full" }, optimisation: { epochs: 1, r_drop: 0, similarity_epochs: 0 } });
  });

  it("adapts what is too large to be trained whole, and lets those write that could before", () => {
    expect(jobBody(after("balanced", form({ task: "chat" })))).toMatchObject({ base_model: "huge", method: { type: "lora" } });
    expect(fittingModels("translation", models)).toEqual([huge]);
    expect(fittingModels("translation", [small])).toEqual([small]);
  });

  it("takes for balanced what lies in the middle by size, however the catalogue is ordered", () => {
    const medium = { ...small, slug: "medium", num_parameters: 110_000_000 };
    for (const known of [[medium, small, large], [large, small, medium], [small, medium]]) {
      expect(settingsOf("balanced", "classification", known)?.baseModel).toBe(known.length === 3 ? "medium" : small.slug);
    }
  });

  it("is nothing where no base model can learn the task", () => {
    expect(settingsOf("balanced", "embedding", models)).toBeNull();
  });

  it.each(TASKS)("makes of every choice a launch that is right, for %s", (task) => {
    const all = [{ ...small, tasks: [...TASKS], usual_rates: Object.fromEntries(TASKS.map((name) => [name, 1e-4])) }];
    for (const choice of CHOICES) {
      const made = after(choice, form({ task }), all);
      expect(jobBody(made)).not.toBeNull();
      expect(choiceOf(made, all)).toBe(choice);
    }
  });
});

it("searches around rates that fit the method and the size", () => {
  expect(searchAround("classification", small, "lora").space[0]?.values).toBe("auto, 3e-4, 3e-3");
  expect(searchAround("chat", huge, "full").space[0]?.values).toBe("auto, 4e-6, 4e-5");
  expect(searchAround("chat", huge, "auto").space[0]?.values, "LoRA, as it is so large").toBe("auto, 4e-5, 4e-4");
  expect(searchAround("chat", small, "full").space, "nothing is known of").toHaveLength(0);
});

describe("choiceOf", () => {
  it("calls anything that was set otherwise own settings, whatever the name, the data and the limit are", () => {
    expect(choiceOf(form({ numbers: { epochs: "3" } }), models)).toBeNull();
    expect(choiceOf(form({ baseModel: "large" }), models)).toBeNull();
    expect(choiceOf(form({ isStoppedEarly: false }), models)).toBeNull();
    expect(choiceOf(form({ numbers: { epochs: "many" } }), models)).toBeNull();
    const decided = withLimit(form({ name: "Mine", versionId: "w" }), { kind: "time", amount: "600" });
    expect(choiceOf(decided, models)).toBe("balanced");
    expect(choiceOf(after("thorough", decided), models)).toBe("thorough");
  });

  it("knows the choice of a job that is duplicated, and of one that is edited as text", () => {
    expect(choiceOf(formFromJob(fixtures.finishedJob, "Copy"), [small])).toBeNull();
    const body = jobBody(after("thorough"));
    expect(choiceOf(formFromBody(body, form(), null), models)).toBe("thorough");
  });
});

describe("a limit", () => {
  it("is the budget of a training, and of a search that of the search", () => {
    const limited = withLimit(form(), { kind: "time", amount: "600" });
    expect(jobBody(limited)).toMatchObject({ limits: { budget_seconds: 600 } });
    const searched = jobBody(after("thorough", limited));
    expect(searched).toMatchObject({ search: { max_seconds: 600 } });
    expect(searched).not.toHaveProperty("limits");
    expect(jobBody(after("quick", after("thorough", limited)))).toMatchObject({ limits: { budget_seconds: 600 } });
    expect(jobBody(withLimit(after("thorough"), { kind: "money", amount: "5" }))).toMatchObject({ search: { max_cost: 5 } });
  });

  it("goes along when a search is begun or given up among the expert settings", () => {
    const limited = withLimit(form(), { kind: "money", amount: "5" });
    const begun = settled({ ...limited, search: searchAround("classification", small, "full") }, limited);
    expect(limitOf(begun)).toEqual({ kind: "money", amount: "5" });
    expect(jobBody(begun)).not.toHaveProperty("limits");
    const ended = settled({ ...begun, search: { ...begun.search, type: "none" } }, begun);
    expect(jobBody(ended)).toMatchObject({ limits: { budget_cost: 5 } });
  });

  it("that was chosen without a number keeps the job from being launched", () => {
    const emptied = withLimit(form(), { kind: "time", amount: "" });
    expect(jobBody(emptied)).toBeNull();
    expect(settled(emptied, emptied).limit).toBe("time");
  });

  it("that was typed among the expert settings is a limit", () => {
    const typed = form({ numbers: { budget_seconds: "90" } });
    expect(settled(typed, form()).limit).toBe("time");
    expect(kindIn(typed)).toBe("time");
  });
});
