import { expect, it } from "vitest";

import { matching, spanAt, toggled, withSpan } from "@/features/labelling/label-values.ts";

it("finds labels by letters, those that begin with them first", () => {
  expect(matching(["card refund", "delay", "refund"], "REF")).toEqual(["refund", "card refund"]);
  expect(matching(["a", "b"], " ")).toEqual(["a", "b"]);
});

it("puts a label on and takes it off", () => {
  expect(toggled(toggled([], "a"), "b")).toEqual(["a", "b"]);
  expect(toggled(["a", "b"], "a")).toEqual(["b"]);
});

it("makes room for a new span and leaves its neighbours", () => {
  const spans = [
    { type: "ORG", start: 0, end: 2 },
    { type: "PER", start: 4, end: 5 },
  ];
  const next = withSpan(spans, { type: "LOC", start: 1, end: 4 });
  expect(next).toEqual([
    { type: "LOC", start: 1, end: 4 },
    { type: "PER", start: 4, end: 5 },
  ]);
  expect(spanAt(next, 3)?.type).toBe("LOC");
  expect(spanAt(next, 0)).toBeUndefined();
});
