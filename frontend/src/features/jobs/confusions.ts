export interface Confusion {
  truth: number;
  predicted: number;
  count: number;
  share: number;
}

/** Pairs of labels taken for one another, the most frequent first; the share is of the rows with that true label. */
export function topConfusions(matrix: readonly (readonly number[])[], max: number): Confusion[] {
  return matrix
    .flatMap((row, truth) => {
      const total = rowTotal(row);
      return row.map((count, predicted) => ({ truth, predicted, count, share: total === 0 ? 0 : count / total }));
    })
    .filter((entry) => entry.truth !== entry.predicted && entry.count > 0)
    .sort((a, b) => b.count - a.count || b.share - a.share)
    .slice(0, max);
}

export function rowTotal(row: readonly number[]): number {
  return row.reduce((sum, count) => sum + count, 0);
}
