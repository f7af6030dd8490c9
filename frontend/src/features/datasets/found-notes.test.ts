import { describe, expect, it } from "vitest";

import { labelDoubt, markedParts, namesIn, noteWords, partInQuestion, twinOf } from "@/features/datasets/found-notes.ts";
import { makeFormatter } from "@/lib/format.ts";
import { en } from "@/lib/i18n/en.ts";
import { makeTranslate } from "@/lib/i18n/translate.ts";

const t = makeTranslate(en, "en");
const format = makeFormatter("en");
const marked = (text: string, kinds: readonly string[], passages: readonly string[] = []) =>
  markedParts(text, kinds, passages).flatMap((part) => (part.isMarked ? [part.text] : []));

it("has words for every trouble with the turns of a conversation", () => {
  const kinds = ["unknown_role", "no_assistant", "late_system", "assistant_first", "tool_without_call", "two_in_a_row", "ends_with_user"];
  for (const kind of kinds) expect(noteWords({ note: { kind } }, t, format)).toHaveLength(1);
});

describe("places in a text", () => {
  it("are marked by the kinds that were found, and by no other", () => {
    const text = "Mail ada@example.com or call +44 20 7946 0958.";
    expect(marked(text, ["email"])).toEqual(["ada@example.com"]);
    expect(marked(text, ["email", "phone"])).toEqual(["ada@example.com", "+44 20 7946 0958"]);
    expect(marked(text, [])).toEqual([]);
    expect(marked(text, ["constructor"])).toEqual([]);
  });

  it("leave no letter of the text out", () => {
    const text = "a@b.co, then a@b.co";
    expect(markedParts(text, ["email", "secret"], ["then"]).map((part) => part.text).join("")).toBe(text);
    expect(marked(text, ["email"], ["then"])).toEqual(["a@b.co", "then", "a@b.co"]);
  });

  it("are the very signs that the doctor names, however many units a sign has", () => {
    const row = { note: { at: { role: "tokens", start: 5, end: 10 } } };
    expect(partInQuestion(row, "tokens", "😀 to Paris and Paris")?.map(({ text, isMarked }) => (isMarked ? [text] : text))).toEqual(["😀 to ", ["Paris"], " and Paris"]);
    expect(partInQuestion(row, "tags", "O O B-LOC O O")).toBeNull();
    expect(partInQuestion({ note: {} }, "tokens", "to Paris")).toBeNull();
  });

  it("are passages word for word, however they are written", () => {
    expect(marked("Best (regards). Hi. Best (regards).", [], ["Best (regards)."])).toEqual(["Best (regards).", "Best (regards)."]);
    expect(marked("abc", [], [""])).toEqual([]);
  });
});

describe("what is noted about a row", () => {
  it("is said in words where they are known, and left out where not", () => {
    expect(noteWords({ note: { kind: "email", kinds: ["card", "email"] } }, t, format)).toEqual(["card number", "e-mail address"]);
    expect(noteWords({ note: { kind: "name", names: ["Mei Lin"] } }, t, format)).toEqual(["name of a person"]);
    expect(noteWords({ note: { kind: "of tomorrow", similarity: 0.91 } }, t, format)).toEqual(["91% alike"]);
    expect(noteWords({ note: { tokens: 611 } }, t, format)).toEqual(["611 tokens"]);
    expect(noteWords({ note: { wrong: ["card"], missing: ["pin", "rate"] } }, t, format)).toEqual(["does not seem to be card", "seems to lack pin and rate"]);
  });

  it("says the names that no pattern finds", () => {
    expect(namesIn({ note: { names: ["Mei Lin", 3] } })).toEqual(["Mei Lin"]);
    expect(namesIn({ note: {} })).toEqual([]);
  });

  it("names the row that it is compared with", () => {
    expect(twinOf({ note: { same_as: 0 } })).toBe(0);
    expect(twinOf({ note: { same_as: null } })).toBeNull();
  });

  it("doubts a label, but takes what would be written into a text for none", () => {
    expect(labelDoubt({ note: { suggested: "refund", given: "complaint", confidence: 0.9 }, cells: {} })).toEqual({ given: "complaint", suggested: "refund", confidence: 0.9 });
    expect(labelDoubt({ note: { label: "Refund", suggested: "refund" }, cells: {} })?.given).toBe("Refund");
    expect(labelDoubt({ note: { kind: "repairable", suggested: "é" }, cells: { label: "refund" } })).toBeNull();
    expect(labelDoubt({ note: {}, cells: { label: "refund" } })).toBeNull();
  });
});
