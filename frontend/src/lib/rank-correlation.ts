/** Spearman's rank correlation of pairs, ties at their mean rank; null where one side never varies or there are fewer than two pairs. */
export function rankCorrelation(pairs: readonly (readonly [number, number])[]): number | null {
  const [left, right] = [deviationsOf(pairs.map(([value]) => value)), deviationsOf(pairs.map(([, value]) => value))];
  const spread = Math.sqrt(dot(left, left) * dot(right, right));
  return spread === 0 ? null : dot(left, right) / spread;
}

/** How much of the variance of the ranks of figures something explains, with how many parameters. */
export interface Explained {
  share: number;
  parameters: number;
}

/** By groups: what lies between their means; null where the figures never vary. */
export function explainedByGroups(groups: readonly string[], figures: readonly number[]): Explained | null {
  const deviations = deviationsOf(figures);
  const whole = dot(deviations, deviations);
  const names = [...new Set(groups)];
  const between = names.reduce((sum, group) => {
    const own = deviations.filter((_, at) => groups[at] === group);
    return sum + own.reduce((total, deviation) => total + deviation, 0) ** 2 / own.length;
  }, 0);
  return whole === 0 ? null : { share: between / whole, parameters: names.length - 1 };
}

/** By a parabola over the ranks of values, so that best in the middle counts as well; null where a side never varies. */
export function explainedByParabola(values: readonly number[], figures: readonly number[]): Explained | null {
  const [line, told] = [deviationsOf(values), deviationsOf(figures)];
  const whole = dot(told, told);
  if (whole === 0 || dot(line, line) === 0) return null;
  // What a square has beyond the line, so that both can be counted one after the other.
  const squares = line.map((deviation) => deviation ** 2);
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  const slope = dot(squares, line) / dot(line, line);
  const bend = squares.map((square, at) => square - mean - slope * (line[at] ?? 0));
  const shareBy = (part: readonly number[]) => dot(part, told) ** 2 / (dot(part, part) * whole);
  // Two values have no middle.
  return new Set(values).size < 3 ? { share: shareBy(line), parameters: 1 } : { share: shareBy(line) + shareBy(bend), parameters: 2 };
}

function deviationsOf(values: readonly number[]): number[] {
  const middle = (values.length + 1) / 2;
  return ranks(values).map((rank) => rank - middle);
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
}

function ranks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
}
