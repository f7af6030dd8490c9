import { describe, expect, it } from "vitest";

import { coveredSpans, segmentsOf, spansOf } from "@/features/jobs/tag-spans.ts";

describe("spansOf", () => {
  it("begins a span at B-, and at an I- that continues nothing", () => {
    expect(spansOf(["B-PER", "I-PER", "O", "I-LOC", "B-LOC", "I-ORG"])).toEqual([
      { type: "PER", start: 0, end: 2 },
      { type: "LOC", start: 3, end: 4 },
      { type: "LOC", start: 4, end: 5 },
      { type: "ORG", start: 5, end: 6 },
    ]);
  });
});

describe("segmentsOf", () => {
  const tokens = ["Ada", "Byron", "went", "to", "Bath", "with", "Mary"];
  const truth = ["B-PER", "I-PER", "O", "O", "B-LOC", "O", "B-PER"];
  const predicted = ["B-PER", "O", "O", "O", "B-LOC", "O", "O"];

  it("tells right, wrong and missed spans apart and loses no word", () => {
    const segments = segmentsOf(tokens, truth, predicted);
    expect(segments.map((segment) => segment.text).join(" ")).toBe(tokens.join(" "));
    expect(segments.flatMap((segment) => (segment.span ? [[segment.text, segment.span.mark]] : []))).toEqual([
      ["Ada", "wrong"],
      ["Bath", "right"],
      ["Mary", "missed"],
    ]);
  });

  it("names what a wrong span hides", () => {
    expect(coveredSpans(truth, predicted)).toEqual([{ type: "PER", start: 0, end: 2 }]);
  });
});
