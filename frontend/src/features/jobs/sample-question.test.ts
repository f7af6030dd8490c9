import { expect, it } from "vitest";

import { sampleOf, truthOf } from "@/features/jobs/sample-question.ts";
import { pairScoreEvaluation } from "@/testing/evaluation-fixtures.ts";
import * as written from "@/testing/written-evaluation-fixtures.ts";

it("asks about a held-out row in the way of the task", () => {
  expect(sampleOf(written.questionEvaluation)).toMatchObject({
    question: "Where did France focus its efforts to rebuild its empire?",
    context: expect.stringMatching(/^of Algeria .*Pacific\. $/) as string,
  });
  const ranking = sampleOf(written.rankingEvaluation);
  expect(ranking?.query).toContain("Shanghai Noon");
  expect(ranking?.candidates?.split("\n")).toHaveLength(2);
  expect(sampleOf({ ...written.rankingEvaluation, task: "embedding" })).toEqual({ text: ranking?.query });
  expect(sampleOf(written.languageEvaluation)?.prompt).toBeTruthy();
  expect(sampleOf(written.hiddenWordsEvaluation)?.text).toContain("[MASK]");
  expect(sampleOf(written.writingEvaluation)?.prompt).not.toMatch(/^user:/);
  expect(sampleOf(pairScoreEvaluation)).toHaveProperty("text_b");
});

it("has none where nothing is shown", () => {
  const { rankingEvaluation: ranking } = written;
  const pairs = { ...ranking, details: { ...ranking.details, examples: [] }, mistakes: [{ row: 1, words: [], text: "a", text_b: "b\nc", label: "1", predicted: "0", confidence: 0.5 }] };
  expect(sampleOf(pairs)).toEqual({ query: "a", candidates: "b c" });
  expect(sampleOf({ ...pairs, mistakes: [] })).toBeNull();
});

it("knows what the row says of labels, numbers and passages", () => {
  expect(truthOf(pairScoreEvaluation)).toBe(pairScoreEvaluation.mistakes[0]?.label);
  expect(truthOf(written.questionEvaluation)).not.toBeNull();
  expect(truthOf(written.rankingEvaluation)).toBeNull();
});
