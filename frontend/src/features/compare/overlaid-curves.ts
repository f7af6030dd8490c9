import type { JobCurves } from "@/features/compare/compare-queries.ts";
import { metricOfCurve } from "@/features/jobs/chart-groups.ts";
import type { Point } from "@/lib/series.ts";

export interface Overlaid {
  /** The curve that all of them show. */
  name: string;
  jobs: readonly { id: string; points: readonly Point[] }[];
}

const OF_TRIAL = /^trial-\d+\//;

/** One chart for every curve that a job has: losses first, then what validation says, then the rest. Those of single trials are left out. */
export function overlaidCurves(curves: readonly JobCurves[]): Overlaid[] {
  const names = [...new Set(curves.flatMap(({ series }) => series.map(({ name }) => name)))].filter((name) => !OF_TRIAL.test(name));
  return names
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => ({
      name,
      jobs: curves.flatMap(({ id, series }) => {
        const found = series.find((one) => one.name === name);
        return found ? [{ id, points: found.points.map(asPoint) }] : [];
      }),
    }));
}

function rank(name: string): number {
  if (metricOfCurve(name) === "loss") return name.startsWith("validation/") ? 1 : 0;
  return name.startsWith("validation/") ? 2 : 3;
}

function asPoint([step = 0, epoch = 0, value = NaN]: readonly number[]): Point {
  return [step, epoch, value];
}
