import type { TokenLengths } from "@/lib/api-types.ts";

/** How far along a plot of bins that are equally broad a length stands, from 0 to 1; null beyond its ends. */
export function shareOfPlot(bins: TokenLengths["bins"], length: number): number | null {
  const index = bins.findIndex(({ low, high }) => low <= length && length < high);
  const bin = bins[index];
  return bin === undefined ? null : (index + (length - bin.low) / (bin.high - bin.low)) / bins.length;
}
