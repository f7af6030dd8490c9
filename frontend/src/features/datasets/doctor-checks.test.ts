import { expect, it } from "vitest";

import { checkName, fixLabel, skipReason, soundChecks, worstFirst } from "@/features/datasets/doctor-checks.ts";
import type { SkipReason } from "@/lib/api-types.ts";
import { difficultyStep, labelStyles, OTHER, styleOf } from "@/features/datasets/map-colours.ts";
import { changeDetail, differenceText, differenceWords, madeBy } from "@/features/datasets/version-words.ts";
import { makeFormatter } from "@/lib/format.ts";
import { en } from "@/lib/i18n/en.ts";
import { makeTranslate } from "@/lib/i18n/translate.ts";
import { duplicates, personal, versionAfter } from "@/testing/doctor-fixtures.ts";
import { version } from "@/testing/fixtures.ts";

const t = makeTranslate(en, "en");
const format = makeFormatter("en");

it("puts the worst first, and of equal ones that with the most rows", () => {
  const findings = [
    { severity: "info" as const, num_rows: 900 },
    { severity: "warning" as const, num_rows: 3 },
    { severity: "error" as const, num_rows: 1 },
    { severity: "warning" as const, num_rows: 30 },
  ];
  expect(worstFirst(findings).map(({ severity, num_rows }) => `${severity} ${num_rows}`)).toEqual(["error 1", "warning 30", "warning 3", "info 900"]);
});

it("lists as sound what is for the task, was made and found nothing", () => {
  const sound = soundChecks("classification", [duplicates], { "doctor:over_length": "no_max_tokens", map: "too_few_rows", names: "names_model_gone" });
  expect(sound).toContain("doctor:label_errors");
  for (const code of ["doctor:exact_duplicates", "doctor:over_length", "doctor:turn_order", "map", "names"]) expect(sound).not.toContain(code);
});

it("keeps the doctor's own name of a check that this page does not know, and has words for any reason", () => {
  expect(checkName("doctor:of_tomorrow", t)).toBe("doctor:of_tomorrow");
  expect(checkName("constructor", t)).toBe("constructor");
  expect(skipReason("of_tomorrow" as SkipReason, t)).toBe("It could not be made on these rows.");
});

it("counts addresses where all that was found are addresses, rows otherwise", () => {
  const [mask] = personal.fixes;
  if (!mask) throw new Error("there is a fix");
  expect(fixLabel(personal, mask, t)).toBe("Mask 12 e-mail addresses");
  expect(fixLabel({ ...personal, params: { email: 12, phone: 2, places: 14 } }, mask, t)).toBe("Mask personal data in 12 rows");
});

it("says how a version came to be and what changed", () => {
  const made = versionAfter(version, { num_added: 12, num_removed: 1, num_changed: 0 });
  expect(madeBy(made, t)).toBe("Fix: Exact duplicates");
  expect(madeBy({ ...made, change: { kind: "restore", number: 1 } }, t)).toBe("Restored from v1");
  expect(madeBy({ ...made, change: null }, t)).toBe("Uploaded");
  const filtered = { ...made, change: { kind: "filter", code: "doctor:leakage", drop: { finding_id: "f1" } } } as const;
  expect(changeDetail(filtered, t, format.list)).toBe("Left out: finding “Test rows that stand in training”.");
  expect(changeDetail({ ...made, change: { kind: "fix", code: "doctor:leakage", num_rows: 40 } }, t, format.list)).toBe("The data doctor had found 40 rows.");
  const renamed = [{ file: "b.csv", columns: { text: "message" } }];
  expect(changeDetail({ ...made, change: { kind: "append", files: ["b.csv"], renamed } }, t, format.list)).toBe("Files: b.csv. In b.csv: message → text.");
  expect(differenceText(made, format.integer)).toBe("+12 −1");
  expect(differenceText({ num_added: 0, num_removed: 0, num_changed: null }, format.integer)).toBeNull();
  expect(differenceWords(made, t, format.list)).toBe("12 rows added and 1 row removed");
});

it("tells seven labels apart by colour and shape, and draws the smaller ones alike", () => {
  const labels = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
  const points = labels.flatMap((label, index) => Array.from({ length: 20 - index }, () => ({ label })));
  const styles = labelStyles([...points, { label: null }]);
  expect(styles).toHaveLength(8);
  expect(styles.at(-1)).toMatchObject({ label: OTHER, count: 12 + 13, isOther: true });
  expect(new Set(styles.map(({ colour, shape }) => `${colour} ${shape}`)).size).toBe(8);
  const look = styleOf(styles);
  expect(look("i")).toBe(styles.at(-1));
  expect(look("a")?.label).toBe("a");
  expect(look(null)).toBeUndefined();
  // One label alone in the rest keeps its name.
  expect(labelStyles(points.filter(({ label }) => label !== "i")).at(-1)).toMatchObject({ label: "h", isOther: false });
});

it("divides difficulty into five steps, both ends included", () => {
  expect([0, 0.19, 0.2, 0.99, 1].map(difficultyStep)).toEqual([0, 0, 1, 4, 4]);
});
