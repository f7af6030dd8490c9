/** Which label is drawn how. Colours hold for the common colour blindnesses (Okabe and Ito, "Color Universal Design", 2008); shapes say the same. */
import type { MapPoint } from "@/lib/api-types.ts";

export type Shape = "circle" | "square" | "triangle" | "diamond";

export interface LabelStyle {
  label: string;
  count: number;
  /** A custom property of the page. */
  colour: string;
  shape: Shape;
  /** Of the labels beyond those that can be told apart, which share one look. */
  isOther: boolean;
}

export const OTHER = "\u0000other";
const TOLD_APART = 7;
const SHAPES: readonly Shape[] = ["circle", "triangle", "square", "diamond"];

/** The largest labels each have a colour and a shape; all others share one. */
export function labelStyles(points: readonly Pick<MapPoint, "label">[]): LabelStyle[] {
  const counts = new Map<string, number>();
  for (const { label } of points) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  const styles = sorted.slice(0, TOLD_APART).map(
    ([label, count], index): LabelStyle => ({ label, count, colour: `--map-${index + 1}`, shape: SHAPES[index % SHAPES.length] ?? "circle", isOther: false }),
  );
  const rest = sorted.slice(TOLD_APART);
  const [first] = rest;
  if (first === undefined) return styles;
  const isOne = rest.length === 1;
  return [
    ...styles,
    { label: isOne ? first[0] : OTHER, count: rest.reduce((sum, [, count]) => sum + count, 0), colour: "--map-other", shape: "circle", isOther: !isOne },
  ];
}

/** The look of each label. */
export function styleOf(styles: readonly LabelStyle[]): (label: string | null) => LabelStyle | undefined {
  const known = new Map(styles.map((style) => [style.label, style]));
  const other = known.get(OTHER);
  return (label) => (label === null ? undefined : (known.get(label) ?? other));
}

const STEPS = 5;

/** Of how hard a row is, which of five steps from easy to hard: 0 to 4. */
export function difficultyStep(difficulty: number): number {
  return Math.min(STEPS - 1, Math.max(0, Math.floor(difficulty * STEPS)));
}
