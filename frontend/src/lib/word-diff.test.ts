import { describe, expect, it } from "vitest";

import { diffWords, type DiffPart } from "@/lib/word-diff.ts";

const shown = (parts: readonly DiffPart[]) => parts.map(({ text, isShared }) => (isShared ? text : `[${text}]`)).join("");

describe("diffWords", () => {
  it("marks what only one of two texts has, word by word", () => {
    const { wanted, written, share } = diffWords("Your parcel arrives on Monday.", "Your parcel will arrive on Monday");
    expect(shown(wanted)).toBe("Your parcel [arrives] on Monday.");
    expect(shown(written)).toBe("Your parcel [will arrive] on Monday");
    expect(share).toBeCloseTo(8 / 11);
  });

  it("keeps every sign of both texts", () => {
    const [wanted, written] = ["  One, two\nthree! <b>", "two – Three\n\n& four"];
    const diff = diffWords(wanted, written);
    expect(diff.wanted.map((part) => part.text).join("")).toBe(wanted);
    expect(diff.written.map((part) => part.text).join("")).toBe(written);
    expect(shown(diff.written)).toBe("two – Three\n\n& [four]");
  });

  it("takes each Chinese character as a word, and Latin words in between whole", () => {
    const { wanted, written } = diffWords("您的包裹周一到达", "您的 parcel 周二到达");
    expect(shown(wanted)).toBe("您的[包裹]周[一]到达");
    expect(shown(written)).toBe("您的 [parcel] 周[二]到达");
  });

  it("knows texts without words", () => {
    expect(diffWords("", "").share).toBe(1);
    expect(diffWords("yes", "").share).toBe(0);
    expect(diffWords("", "yes").written).toEqual([{ text: "yes", isShared: false }]);
  });
});
