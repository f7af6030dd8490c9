import { cellText } from "@/features/datasets/cell-text.ts";

/** What a column of texts has at least; whatever is shorter stays in one line. */
const ROOM = 28;
/** Of a cell, on both sides. */
const PADDING = 24;

/** The least width of a column by what stands in it, so that no word is broken where there is room, or the table can scroll. */
export function columnWidth(values: readonly unknown[]): string {
  const longest = Math.max(0, ...values.map((value) => cellText(value).length));
  return `calc(${Math.min(ROOM, longest)}ch + ${PADDING}px)`;
}
