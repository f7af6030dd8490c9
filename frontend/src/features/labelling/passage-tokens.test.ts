import { expect, it } from "vitest";

import { answerAt, edgesOf, passageOf, textTokens, withAnswer } from "@/features/labelling/passage-tokens.ts";

const TEXT = "Parcel 📦 left Köln.\n它星期二到达。";

it("cuts a text into words, signs and single characters, and loses nothing of it", () => {
  const tokens = textTokens(TEXT);
  expect(tokens.map((token) => token.text)).toEqual(["Parcel", "📦", "left", "Köln", ".", "它", "星", "期", "二", "到", "达", "。"]);
  expect(tokens.map((token) => token.before + token.text).join("")).toBe(TEXT);
});

it("counts places in characters, as the server does, and not in halves of them", () => {
  const tokens = textTokens(TEXT);
  const characters = Array.from(TEXT);
  for (const token of tokens) expect(characters.slice(token.start, token.end).join("")).toBe(token.text);
  expect(passageOf(tokens, 6, 8)).toEqual({ text: "星期二", start: characters.indexOf("星") });
  expect(passageOf(tokens, 0, 2)).toEqual({ text: "Parcel 📦 left", start: 0 });
  expect(passageOf([], 0, 0)).toBeNull();
});

it("cuts words where an answer begins or ends inside of one", () => {
  const inside = { text: "arc", start: 1 };
  const tokens = textTokens(TEXT, new Set(edgesOf([inside])));
  expect(tokens.slice(0, 4).map((token) => token.before + token.text)).toEqual(["P", "arc", "el", " 📦"]);
  expect(passageOf(tokens, 1, 1)).toEqual(inside);
  expect(tokens.map((token) => answerAt([inside], token) !== undefined).slice(0, 3)).toEqual([false, true, false]);
});

it("keeps answers in the order of the text, each once", () => {
  const [one, two] = [{ text: "Parcel", start: 0 }, { text: "left", start: 9 }];
  expect(withAnswer(withAnswer([two], one), two)).toEqual([one, two]);
});
