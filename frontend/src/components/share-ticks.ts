import type { Formatter } from "@/lib/format.ts";

/** Where lines of a plot of shares stand. */
export const QUARTERS = [0, 0.25, 0.5, 0.75, 1] as const;

/** The quarters with their percentages, for an axis of a plot that shows all of 0 to 1. */
export function shareTicks(format: Formatter) {
  return QUARTERS.map((value) => ({ value, share: value, text: format.percent(value, 0) }));
}
