import type { JobStream } from "@/features/jobs/job-stream.ts";
import type { Point } from "@/lib/series.ts";

/** A curve at two steps; null where it says nothing of one of them. */
export interface FigurePair {
  curve: string;
  first: number | null;
  second: number | null;
}

const TRAINING_LOSS = "train/loss";

/** What was measured at two steps: every figure on validation, the loss first, and the loss on the training rows. */
export function figurePairs(curves: JobStream["curves"], first: number, second: number): FigurePair[] {
  const onValidation = Object.keys(curves)
    .filter((name) => name.startsWith("validation/"))
    .sort((a, b) => Number(b === "validation/loss") - Number(a === "validation/loss") || a.localeCompare(b));
  const pairs = onValidation.map((curve) => ({ curve, first: at(curves[curve], first), second: at(curves[curve], second) }));
  const training = curves[TRAINING_LOSS];
  return training === undefined ? pairs : [...pairs, { curve: TRAINING_LOSS, first: upTo(training, first), second: upTo(training, second) }];
}

/** Whether anything was measured on validation at a step: a checkpoint between two judgements has only what training says. */
export function isJudged(curves: JobStream["curves"], step: number): boolean {
  return Object.entries(curves).some(([name, points]) => name.startsWith("validation/") && at(points, step) !== null);
}

function at(points: readonly Point[] | undefined, step: number): number | null {
  return points?.findLast((point) => point[0] === step)?.[2] ?? null;
}

/** A point of the training curve is the mean since the one before it. */
function upTo(points: readonly Point[], step: number): number | null {
  return points.findLast((point) => point[0] <= step)?.[2] ?? null;
}
