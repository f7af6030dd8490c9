/** Spearman's rank correlation of pairs, ties at their mean rank; null where one side never varies or there are fewer than two pairs. */
export function rankCorrelation(pairs: readonly (readonly [number, number])[]): number | null {
  const [left, right] = [ranks(pairs.map(([value]) => value)), ranks(pairs.map(([, value]) => value))];
  const middle = (pairs.length + 1) / 2;
  const covariance = (a: readonly number[], b: readonly number[]) => a.reduce((sum, rank, at) => sum + (rank - middle) * ((b[at] ?? 0) - middle), 0);
  const spread = Math.sqrt(covariance(left, left) * covariance(right, right));
  return spread === 0 ? null : covariance(left, right) / spread;
}

/** The share of the variance of the ranks of figures that lies between groups; null where the figures never vary. */
export function explainedByGroups(groups: readonly string[], figures: readonly number[]): number | null {
  const deviations = ranks(figures).map((rank) => rank - (figures.length + 1) / 2);
  const whole = deviations.reduce((sum, deviation) => sum + deviation ** 2, 0);
  const between = [...new Set(groups)].reduce((sum, group) => {
    const own = deviations.filter((_, at) => groups[at] === group);
    return sum + own.reduce((total, deviation) => total + deviation, 0) ** 2 / own.length;
  }, 0);
  return whole === 0 ? null : between / whole;
}

function ranks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
}
