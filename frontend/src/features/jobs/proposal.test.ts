import { describe, expect, it } from "vitest";

import { formFromJob } from "@/features/jobs/spec-text.ts";
import { proposalLink, proposalOf, withProposal } from "@/features/jobs/proposal.ts";
import { finishedJob } from "@/testing/fixtures.ts";

const form = formFromJob(finishedJob, "copy");
const proposed = (path: string, value: string) => withProposal(form, finishedJob, { path, value });

describe("a proposed setting", () => {
  it("travels in the address of the form", () => {
    const link = proposalLink("1", { field: "optimisation.learning_rate", value: 3.3e-5 });
    expect(proposalOf(new URLSearchParams(link.split("?")[1]))).toEqual({ path: "optimisation.learning_rate", value: "0.000033" });
    expect(proposalOf(new URLSearchParams("from=1&set=optimisation.epochs"))).toBeNull();
  });

  it("changes that setting alone, and says what auto had become", () => {
    const { form: changed, marked } = proposed("optimisation.epochs", "12");
    expect(changed).toEqual({ ...form, numbers: { ...form.numbers, epochs: "12" } });
    expect(marked).toEqual({ key: "epochs", was: 6 });
  });

  it("may be one of several words, or a switch", () => {
    expect(proposed("optimisation.class_weights", "balanced").form.choices).toEqual({ class_weights: "balanced" });
    expect(proposed("optimisation.gradient_checkpointing", "true")).toMatchObject({ form: { switches: ["gradient_checkpointing"] }, marked: { was: false } });
  });

  it("is left out of a task that does not have it", () => {
    expect(proposed("task.truncation_side", "left")).toMatchObject({ form: { choices: { truncation_side: "left" } }, marked: { was: "auto" } });
    const tagging = { ...form, task: "token_classification" } as const;
    expect(withProposal(tagging, finishedJob, { path: "task.truncation_side", value: "left" })).toEqual({ form: tagging, marked: null });
  });

  it.each([
    ["optimisation.class_weights", "heavy"],
    ["method.rank", "8"],
    ["optimisation.nothing", "1"],
  ])("is left out where the form has no %s = %s", (path, value) => {
    expect(proposed(path, value)).toEqual({ form, marked: null });
  });
});
