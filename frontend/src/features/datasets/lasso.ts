/** A line drawn around points. */
import type { Place } from "@/features/datasets/map-view.ts";

const LEAST_STEP = 3;
/** Fewer corners enclose nothing. */
const FEWEST = 3;

/** The line with one more corner, unless that is where the last one was. */
export function extended(line: readonly Place[], to: Place): readonly Place[] {
  const last = line.at(-1);
  return last && Math.hypot(to.x - last.x, to.y - last.y) < LEAST_STEP ? line : [...line, to];
}

/** Whether a place lies inside of a closed line, by the even-odd rule: a ray to the right crosses it an odd number of times. */
export function isInside(line: readonly Place[], { x, y }: Place): boolean {
  if (line.length < FEWEST) return false;
  let isIn = false;
  let before = line[line.length - 1];
  for (const corner of line) {
    if (before && corner.y > y !== before.y > y && x < ((before.x - corner.x) * (y - corner.y)) / (before.y - corner.y) + corner.x) isIn = !isIn;
    before = corner;
  }
  return isIn;
}
