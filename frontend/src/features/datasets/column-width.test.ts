import { expect, it } from "vitest";

import { columnWidth } from "@/features/datasets/column-width.ts";

it.each([
  [["21.03.2026", "1.4.2026"], "calc(10ch + 24px)"],
  [["A long text that may be read in several lines"], "calc(28ch + 24px)"],
  [[null, 206.29, ["a", "b"]], "calc(6ch + 24px)"],
  [[], "calc(0ch + 24px)"],
])("gives a column the room of what stands in it, and long texts their lines: %j", (values, width) => {
  expect(columnWidth(values)).toBe(width);
});
