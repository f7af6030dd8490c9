import type { Formatter } from "@/lib/format.ts";

const SMALLEST_SHOWN = 0.001;

/** A p-value to stand after the letter: "= 0.012", or "< 0.001". */
export function pValueText(value: number, format: Formatter): string {
  return value < SMALLEST_SHOWN ? `< ${format.decimal(SMALLEST_SHOWN, 3)}` : `= ${format.decimal(value, 3)}`;
}
