import { expect, it } from "vitest";

import { comparedMethods } from "@/features/compare/compared-methods.ts";
import type { ComparedJob, MethodType } from "@/lib/api-types.ts";
import { makeFormatter } from "@/lib/format.ts";
import { en } from "@/lib/i18n/en.ts";
import type { I18n } from "@/lib/i18n/i18n-context.ts";
import { makeTranslate } from "@/lib/i18n/translate.ts";
import { comparisonOf } from "@/testing/compare-fixtures.ts";
import * as fixtures from "@/testing/fixtures.ts";

const i18n = { t: makeTranslate(en, "en"), format: makeFormatter("en") } as unknown as I18n;

function named(methods: readonly MethodType[], settings: Readonly<Record<string, readonly (number | string | null)[]>>): string[] {
  const { jobs: some } = comparisonOf([fixtures.finishedJob], fixtures.finishedJob.id);
  const jobs = methods.flatMap((method, at) => some.map((job): ComparedJob => ({ ...job, id: fixtures.uuid(70 + at), method })));
  const differing = Object.entries(settings).map(([path, values]) => ({ path, values: jobs.map(({ id }, at) => ({ job_id: id, value: values[at] ?? null, is_auto: false })) }));
  return [...comparedMethods({ jobs, settings: differing }, i18n).values()];
}

it("says how many layers learn where the jobs differ in that", () => {
  expect(named(["last_layers", "last_layers", "last_layers"], { "method.layers": [0, 1, 3] })).toEqual(["Output layer alone", "Last layer", "Last 3 layers"]);
});

it("names the settings in which methods of one kind differ, and no others", () => {
  const settings = { "method.type": ["lora", "lora", "full"], "method.rank": [8, 16, null], "method.alpha": [32, 32, null], "optimisation.epochs": [1, 2, 3] };
  expect(named(["lora", "lora", "full"], settings)).toEqual(["LoRA · Rank 8", "LoRA · Rank 16", "Full fine-tuning"]);
});
