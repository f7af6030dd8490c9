import { expect, it } from "vitest";

import { cellText, fieldText, fieldValue } from "@/features/datasets/cell-text.ts";

const role = (kind: Parameters<typeof fieldValue>[1]["kind"], is_optional = false) => ({ kind, is_optional });

it("writes lists one part to a line and reads them back, spaces and all", () => {
  const tokens = ["New York", "is", " big"];
  expect(fieldValue(fieldText(tokens), role("tokens"))).toEqual(tokens);
  expect(fieldValue("", role("labels"))).toEqual([]);
  expect(cellText(tokens)).toBe("New York is  big");
});

it("takes numbers as numbers, and leaves what is none for the server to refuse", () => {
  expect(fieldValue("3.5", role("number"))).toBe(3.5);
  expect(fieldValue("three", role("number"))).toBe("three");
  expect(fieldValue("", role("number"))).toBe("");
});

it("empties an optional cell, and no other", () => {
  expect(fieldValue("  ", role("text", true))).toBeNull();
  expect(fieldValue("  ", role("text"))).toBe("  ");
});
