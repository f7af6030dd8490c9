import type { JobCurves } from "@/features/compare/compare-queries.ts";
import { metricOfCurve } from "@/features/jobs/chart-groups.ts";
import { OF_TRIAL } from "@/features/jobs/trial-facts.ts";
import { asPoint, type Point } from "@/lib/series.ts";

export interface Overlaid {
  /** The curve that all of them show. */
  name: string;
  jobs: readonly { id: string; points: readonly Point[] }[];
}

/** One chart for every curve that a job has: losses first, then what validation says, then the rest. A search shows its best trial. */
export function overlaidCurves(found: readonly JobCurves[], bestTrials: ReadonlyMap<string, number>): Overlaid[] {
  const curves = found.map(({ id, series }) => ({ id, series: shownSeries(series, bestTrials.get(id)) }));
  const names = [...new Set(curves.flatMap(({ series }) => series.map(({ name }) => name)))];
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

/** The curves of a single run, or those of one trial under the names that a single run has. */
function shownSeries(series: JobCurves["series"], trial: number | undefined): JobCurves["series"] {
  return series.flatMap((one) => {
    const match = OF_TRIAL.exec(one.name);
    if (match === null) return [one];
    return match[2] !== undefined && Number(match[1]) === trial ? [{ ...one, name: match[2] }] : [];
  });
}

function rank(name: string): number {
  if (metricOfCurve(name) === "loss") return name.startsWith("validation/") ? 1 : 0;
  return name.startsWith("validation/") ? 2 : 3;
}
