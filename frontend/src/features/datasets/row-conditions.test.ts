import { expect, it } from "vitest";

import { addressedConditions, conditionParams, conditionWords, isWrongLength, NO_CONDITIONS, rowFilter } from "@/features/datasets/row-conditions.ts";
import { en } from "@/lib/i18n/en.ts";
import { makeTranslate } from "@/lib/i18n/translate.ts";

const t = makeTranslate(en, "en");

it("takes what was typed as the server does", () => {
  expect(rowFilter(NO_CONDITIONS)).toEqual({});
  expect(rowFilter({ text: " refund ", split: "test", label: "a", finding: "f1", row: 12, longer: "５", shorter: "100" })).toEqual({
    contains: "refund",
    split: "test",
    label: "a",
    finding_id: "f1",
    row: 12,
    longer_than: 5,
    shorter_than: 100,
  });
});

it("takes a row from an address, and nothing from one that names none", () => {
  const of = (query: string) => rowFilter(addressedConditions(new URLSearchParams(query), 2));
  expect(of("tab=rows&row=412&split=test")).toEqual({ row: 412, split: "test" });
  expect(of("row=3&split=nonsense")).toEqual({ row: 3 });
  expect([of("tab=rows"), of("row=-1"), of("row=x")]).toEqual([{}, {}, {}]);
});

it("keeps all conditions in an address, a finding for its version alone", () => {
  const typed = { text: "a&b", split: "test", label: "x y", finding: "f1", row: 3, longer: "5", shorter: "" } as const;
  const params = new URLSearchParams(conditionParams(typed, 2));
  expect(addressedConditions(params, 2)).toEqual(typed);
  expect(addressedConditions(params, 3)).toEqual({ ...typed, finding: null });
  expect(conditionParams(NO_CONDITIONS, 2)).toEqual({});
});

it("makes no condition of what is no length", () => {
  for (const typed of ["-1", "1.5", "many", "1234567890"]) {
    expect(isWrongLength(typed)).toBe(true);
    expect(rowFilter({ ...NO_CONDITIONS, longer: typed })).toEqual({});
  }
  expect(["", " ", "0", "12"].map(isWrongLength)).toEqual([false, false, false, false]);
});

it("has words for each condition", () => {
  expect(conditionWords({ split: "test", label: "a", row: 7, contains: "b", longer_than: 5, shorter_than: 9, ids: [1, 2] }, t)).toEqual([
    "split Test",
    "label “a”",
    "row 7",
    "contains “b”",
    "text longer than 5",
    "text shorter than 9",
    "2 chosen rows",
  ]);
  expect([conditionWords({ finding_id: "f1" }, t), conditionWords({ finding_id: "f1" }, t, "Leakage")]).toEqual([["found by the doctor"], ["finding “Leakage”"]]);
});
