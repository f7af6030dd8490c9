import type { DetailsOf } from "@/lib/api-types.ts";

/** Rows of one true label that got one answer; the share is of the rows with that true label. */
export interface Confusion {
  truth: number;
  predicted: number;
  count: number;
  share: number;
}

/** The cells of a confusion matrix that are not zero, whichever way a result holds them. */
export interface Confusions {
  cells: readonly Confusion[];
  at: (truth: number, predicted: number) => Confusion;
  /** No row of the result has this true label, so that none of its cells says anything. */
  isUntested: (truth: number) => boolean;
  /** The result has so many labels that only its most frequent cells were kept. */
  isCut: boolean;
}

type Details = Pick<DetailsOf<"classification">, "confusion" | "confusion_cells" | "per_class">;

export function confusionsOf({ confusion, confusion_cells, per_class }: Details): Confusions {
  const isMatrix = confusion.length > 0;
  const counted = isMatrix
    ? confusion.flatMap((row, truth) => row.flatMap((count, predicted) => (count > 0 ? [{ truth, predicted, count }] : [])))
    : confusion_cells.map((cell) => ({ truth: cell.true, predicted: cell.predicted, count: cell.count }));
  const totals = isMatrix ? confusion.map((row) => sumOf(row)) : per_class.map(({ support }) => support);
  const cells = counted.map((cell) => ({ ...cell, share: cell.count / (totals[cell.truth] ?? cell.count) }));
  const byPlace = new Map(cells.map((cell) => [`${cell.truth} ${cell.predicted}`, cell]));
  return {
    cells,
    at: (truth, predicted) => byPlace.get(`${truth} ${predicted}`) ?? { truth, predicted, count: 0, share: 0 },
    isUntested: (truth) => totals[truth] === 0,
    isCut: sumOf(cells.map(({ count }) => count)) < sumOf(totals),
  };
}

/** Pairs of labels taken for one another, the most frequent first. */
export function topConfusions({ cells }: Confusions, max: number): Confusion[] {
  return cells
    .filter((cell) => cell.truth !== cell.predicted)
    .sort((a, b) => b.count - a.count || b.share - a.share)
    .slice(0, max);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
