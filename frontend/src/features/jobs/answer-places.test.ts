import { expect, it } from "vitest";

import { answerParts } from "@/features/jobs/answer-places.ts";

const shown = (context: string, expected: string[], predicted: string) =>
  answerParts({ context, expected, predicted })
    .map(({ text, mark }) => (mark === null ? text : `[${mark} ${text}]`))
    .join("");

it("marks what was given and what was expected", () => {
  expect(shown("It rose in 1850 in North and West Africa.", ["North and West Africa"], "1850")).toBe(
    "It rose in [wrong 1850] in [missed North and West Africa].",
  );
  expect(shown("It is two years long.", ["two years"], "two years")).toBe("It is [right two years] long.");
});

it("tells the shared part of two answers from what is too much or too little", () => {
  expect(shown("domestic social reforms could help", ["domestic social reforms"], "social reforms could")).toBe(
    "[missed domestic ][right social reforms][wrong  could] help",
  );
});

it("marks the one of several expected answers that was given", () => {
  expect(shown("Carl, or Carl the Great", ["Carl", "Carl the Great"], "Carl the Great")).toBe("Carl, or [right Carl the Great]");
});

it("marks the occurrence that the excerpt was cut around, and the answer nearest to it", () => {
  const around = "a 7 b ".repeat(40);
  const before = around.slice(-119);
  const context = `…${before}7${around.slice(0, 119)}…`;
  expect(answerParts({ context, expected: ["7"], predicted: "7" })[0]?.text).toBe(`…${before}`);
  const end = `…${before}7.`;
  expect(answerParts({ context: end, expected: ["7"], predicted: "7" }).at(-1)?.text).toBe(".");
  const start = `7. ${"7 ".repeat(20)}8${around.slice(0, 119)}…`;
  expect(answerParts({ context: start, expected: ["8"], predicted: "8" })[0]?.text).toBe(`7. ${"7 ".repeat(20)}`);
});

it("marks nothing where there is no answer, or none in the excerpt", () => {
  expect(shown("Nothing here.", [], "")).toBe("Nothing here.");
  expect(shown("Nothing here.", ["gone"], "away")).toBe("Nothing here.");
});
