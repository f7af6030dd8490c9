import { expect, it } from "vitest";

import { curvesOfTrial, isLogSetting, settingText, trialsWithCurves, valueOfTrials } from "@/features/jobs/trial-facts.ts";
import { makeFormatter } from "@/lib/format.ts";
import { en } from "@/lib/i18n/en.ts";
import { makeTranslate } from "@/lib/i18n/translate.ts";
import { runningSearch, searchJob } from "@/testing/search-fixtures.ts";

const i18n = { t: makeTranslate(en, "en"), format: makeFormatter("en"), locale: "en", setLocale: () => undefined } as unknown as Parameters<typeof valueOfTrials>[1];

it("turns values of an error back to what they are", () => {
  const job = { ...searchJob, search: searchJob.search && { ...searchJob.search, metric: "loss", is_lower_better: true } };
  expect(valueOfTrials(job, i18n).text(-0.25)).toBe("0.250");
  expect(valueOfTrials(searchJob, i18n).text(0.944)).toBe("94.4%");
});

it("names the metric as soon as it is known", () => {
  expect(valueOfTrials(runningSearch, i18n)).toMatchObject({ label: "Score", isNamed: false });
  const { spec } = runningSearch;
  const told = { ...spec, optimisation: { ...spec.optimisation, early_stopping: { metric: "loss", patience: 2, min_delta: 0 } } };
  const value = valueOfTrials({ ...runningSearch, spec: told }, i18n);
  expect([value.isNamed, value.text(-0.5)]).toEqual([true, "0.500"]);
});

it("writes values of settings in words", () => {
  expect(settingText("optimisation.schedule", "cosine", searchJob, i18n)).toBe("Cosine");
  expect(settingText("optimisation.learning_rate", 1e-5, searchJob, i18n)).toBe("1e-5");
  expect(settingText("method.use_dora", true, searchJob, i18n)).toBe("yes");
  expect(settingText("method.rank", undefined, searchJob, i18n)).toBe("–");
});

it("sees orders of magnitude where nobody says so", () => {
  expect(isLogSetting("optimisation.learning_rate", searchJob, [])).toBe(true);
  expect(isLogSetting("optimisation.epochs", searchJob, [2, 1000])).toBe(false);
  expect(isLogSetting("method.alpha", searchJob, [1, 64])).toBe(true);
  expect(isLogSetting("method.alpha", searchJob, [0, 64])).toBe(false);
});

it("shows the curves of one trial under their usual names", () => {
  const curves = { "trial-0/train/loss": [], "trial-11/train/loss": [], "trial-11/validation/loss": [], "train/loss": [] };
  expect(trialsWithCurves(curves)).toEqual([11, 0]);
  expect(Object.keys(curvesOfTrial(curves, 11))).toEqual(["train/loss", "validation/loss"]);
});
