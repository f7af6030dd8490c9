import { describe, expect, it } from "vitest";

import { hasWords, textsIn } from "@/lib/word-search.ts";

describe("hasWords", () => {
  it("wants every word, in any order, case and width", () => {
    expect(hasWords(["My ＣＡＲＤ was declined"], "declined card")).toBe(true);
    expect(hasWords(["My card was declined"], "card stolen")).toBe(false);
  });

  it("finds words in different texts, but none across two of them", () => {
    expect(hasWords(["the card", "was declined"], "card declined")).toBe(true);
    expect(hasWords(["the car", "d was"], "card")).toBe(false);
  });

  it("finds everything where nothing is wanted", () => {
    expect(hasWords([], "  ")).toBe(true);
  });
});

describe("textsIn", () => {
  it("reaches into lists and objects, and leaves numbers out", () => {
    expect(textsIn({ row: 4, prompt: "Hello", turns: [{ text: "Yes" }, { text: null }], isGood: true })).toEqual(["Hello", "Yes"]);
  });
});
