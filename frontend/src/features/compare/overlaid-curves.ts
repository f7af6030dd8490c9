import type { JobCurves } from "@/features/compare/compare-queries.ts";
import { metricOfCurve } from "@/features/jobs/chart-groups.ts";
import { OF_TRIAL } from "@/features/jobs/trial-facts.ts";
import { asPoint, type Point } from "@/lib/series.ts";

export interface Overlaid {
  /** The curve that all of them show. */
  name: string;
  jobs: readonly { id: string; points: readonly Point[] }[];
}

/**
 * One chart for every curve that a job has: losses first, then what validation says, then the rest. A search shows its best trial, or
 * where `trials` is "all" each of them as a curve of the same job.
 */
export function overlaidCurves(found: readonly JobCurves[], trials: ReadonlyMap<string, number> | "all"): Overlaid[] {
  const curves = found.map(({ id, series }) => ({ id, series: shownSeries(series, trials === "all" ? trials : trials.get(id)) }));
  const names = [...new Set(curves.flatMap(({ series }) => series.map(({ name }) => name)))];
  return names
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => ({
      name,
      jobs: curves.flatMap(({ id, series }) => series.filter((one) => one.name === name).map(({ points }) => ({ id, points: points.map(asPoint) }))),
    }));
}

/** The curves of a single run, or those of one trial or of all under the names that a single run has. */
function shownSeries(series: JobCurves["series"], trial: number | "all" | undefined): JobCurves["series"] {
  return series.flatMap((one) => {
    const match = OF_TRIAL.exec(one.name);
    if (match === null) return [one];
    return match[2] !== undefined && (trial === "all" || Number(match[1]) === trial) ? [{ ...one, name: match[2] }] : [];
  });
}

function rank(name: string): number {
  if (metricOfCurve(name) === "loss") return name.startsWith("validation/") ? 1 : 0;
  return name.startsWith("validation/") ? 2 : 3;
}
