import { describe, expect, it } from "vitest";

import { taggedCells, taggedParts } from "@/features/datasets/tagged-cells.ts";

const TOKENS = ["Ada", "Byron", "met", "Mary", "Bath", "Abbey"];
const TAGS = ["B-PER", "I-PER", "O", "B-PER", "O", "O"];

describe("taggedCells", () => {
  it.each([
    ["another number of tags", TOKENS, TAGS.slice(1)],
    ["an I- that continues nothing", ["in", "Bath"], ["O", "I-LOC"]],
    ["an I- of another type", ["Ada", "Bath"], ["B-PER", "I-LOC"]],
    ["a tag that is none", ["Bath"], ["LOC"]],
    ["a word that cannot be seen", ["in", ""], ["O", "O"]],
    ["a word with a space in it", ["in Bath"], ["O"]],
    ["texts", "in Bath", "O O"],
  ])("leaves cells apart that have %s", (_, tokens, tags) => {
    expect(taggedCells(tokens, tags)).toBeNull();
  });
});

describe("taggedParts", () => {
  it("marks spans in their places, and what is doubted between them", () => {
    const parts = taggedParts({ tokens: TOKENS, tags: TAGS }, { place: 5, phrase: "Bath Abbey" });
    expect(parts.map(({ text, type, isDoubted }) => [text, type, isDoubted])).toEqual([
      ["Ada Byron", "PER", false],
      ["met", null, false],
      ["Mary", "PER", false],
      ["Bath Abbey", null, true],
    ]);
  });

  it("keeps two spans apart that touch, and questions a whole span", () => {
    const parts = taggedParts({ tokens: ["Ada", "Mary", "Byron"], tags: ["B-PER", "B-PER", "I-PER"] }, { place: 2, phrase: "" });
    expect(parts).toEqual([
      { text: "Ada", type: "PER", isDoubted: false },
      { text: "Mary Byron", type: "PER", isDoubted: true },
    ]);
  });
});
