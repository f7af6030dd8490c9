import { expect, it } from "vitest";

import { answerDifference } from "@/features/models/answer-difference.ts";
import type { Prediction } from "@/lib/api-types.ts";
import { makeFormatter } from "@/lib/format.ts";
import { en } from "@/lib/i18n/en.ts";
import { makeTranslate } from "@/lib/i18n/translate.ts";

const counted = { num_tokens: 3, is_truncated: false };
const words = { t: makeTranslate(en, "en"), format: makeFormatter("en"), names: ["One v1", "Two v2"] as const, candidates: ["red", "green", "blue"] };

function labels(...scored: [string, number][]): Prediction {
  return { kind: "labels", labels: scored.map(([label, score]) => ({ label, score })), ...counted };
}

function labelSet(...given: string[]): Prediction {
  const all = ["price", "service", "place"];
  return { kind: "label_set", threshold: 0.5, labels: all.map((label) => ({ label, score: 0.5, is_given: given.includes(label) })), ...counted };
}

const span = (type: string, start: number, text: string) => ({ type, start, end: start + text.length, text, score: 0.9 });
const ranked = (...order: number[]): Prediction => ({ kind: "ranking", threshold: null, candidates: order.map((index) => ({ index, score: -index })), ...counted });
const written = (text: string): Prediction => ({ kind: "text", text, num_new_tokens: 2, finished_by: "end", ...counted });
const answer = (text: string | null, isAnswer = true): Prediction => ({
  kind: "answer",
  passage: text === null ? null : { start: 0, end: text.length, text, score: 0.5 },
  is_answer: isAnswer,
  num_windows: 1,
  ...counted,
});

const CASES: [string, Prediction, Prediction, boolean | null, string[]][] = [
  ["another label", labels(["a", 0.9]), labels(["b", 0.6]), false, ["One v1 says a (90.0%).", "Two v2 says b (60.0%)."]],
  ["the same label, less sure", labels(["a", 0.9]), labels(["a", 0.6]), true, ["Both say a.", "One v1 is surer by 30.0 percentage points."]],
  ["the same label, as sure", labels(["a", 0.9]), labels(["a", 0.9001]), true, ["Both say a.", "They are equally sure."]],
  ["labels that one alone gives", labelSet("price", "place"), labelSet("price", "service"), false, ["Only One v1 gives: place.", "Only Two v2 gives: service."]],
  ["the same labels", labelSet("price"), labelSet("price"), true, []],
  ["numbers", { kind: "number", value: 1.5, ...counted }, { kind: "number", value: 2, ...counted }, false, ["Two v2 is higher by 0.5."]],
  ["numbers that print alike", { kind: "number", value: 1.50001, ...counted }, { kind: "number", value: 1.5, ...counted }, true, []],
  [
    "the same words in another place",
    { kind: "spans", spans: [span("PER", 0, "Anna")], ...counted },
    { kind: "spans", spans: [span("PER", 9, "Anna")], ...counted },
    false,
    ["Only One v1 finds: Anna (PER).", "Only Two v2 finds: Anna (PER)."],
  ],
  ["an answer against none", answer("tomorrow"), answer("today", false), false, ["One v1 answers “tomorrow”.", "Two v2 finds no answer in the text."]],
  ["no answer twice, whatever the best passage", answer("tomorrow", false), answer(null, false), true, []],
  ["another first candidate", ranked(0, 1, 2), ranked(1, 0, 2), false, ["One v1 puts “red” first.", "Two v2 puts “green” first.", "2 candidates stand in other places."]],
  ["another order behind the first", ranked(0, 1, 2), ranked(0, 2, 1), false, ["Both put “red” first.", "2 candidates stand in other places."]],
  ["the same order by other scores", ranked(0, 1, 2), ranked(0, 1, 2), true, []],
  [
    "a hidden word",
    { kind: "hidden_words", masks: [[{ word: "card", score: 0.7 }], [{ word: "x", score: 0.2 }]], ...counted },
    { kind: "hidden_words", masks: [[{ word: "card", score: 0.5 }], [{ word: "y", score: 0.2 }]], ...counted },
    false,
    ["Mask 2: “x” against “y”."],
  ],
  ["what is written", written("on its way"), written("on my way"), false, ["67% of their words are the same; marked is what the other one does not say."]],
  ["spaces alone", written("on its way "), written("on its way"), true, []],
  ["vectors", { kind: "vector", vector: [1], ...counted }, { kind: "vector", vector: [1], ...counted }, null, ["Each model places texts in a space of its own: numbers of two models say nothing about one another."]],
  ["two kinds", written("a"), labels(["a", 1]), null, ["The two give answers of different kinds, which cannot be compared."]],
];

it.each(CASES)("tells %s", (_, one, two, isSame, lines) => {
  expect(answerDifference(one, two, words)).toEqual({ isSame, lines });
});
