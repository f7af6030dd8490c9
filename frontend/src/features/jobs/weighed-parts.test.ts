import { expect, it } from "vitest";

import { strongestWords, weighedParts } from "@/features/jobs/weighed-parts.ts";
import type { WordWeight } from "@/lib/api-types.ts";

const word = (start: number, end: number, weight: number, part: WordWeight["part"] = "text"): WordWeight => ({ part, start, end, weight });

it("cuts a text at code points, so that a picture sign before a word does not shift it", () => {
  const parts = weighedParts("🚚 late again", [word(7, 12, -0.2), word(2, 6, 0.4)], 0.4);
  expect(parts.map(({ text, strength }) => [text, strength])).toEqual([
    ["🚚 ", 0],
    ["late", 1],
    [" ", 0],
    ["again", -0.5],
  ]);
});

it("leaves out what overlaps or lies behind the end, and loses no letter", () => {
  const parts = weighedParts("abc", [word(0, 2, 1), word(1, 3, 1), word(2, 9, 1)], 1);
  expect(parts.map(({ text }) => text).join("")).toBe("abc");
  expect(parts.filter(({ strength }) => strength !== 0)).toHaveLength(1);
});

it("names the words that spoke for an answer, of either text, the strongest first", () => {
  const words = [word(0, 1, 0.1), word(0, 1, 0.3, "text_b"), word(2, 3, -0.9)];
  expect(strongestWords({ text: "a b", text_b: "c" }, words, 3).map(({ text }) => text)).toEqual(["c", "a"]);
});
