import type { DifferingSetting, JobsComparison } from "@/lib/api-types.ts";
import { rankCorrelation } from "@/lib/rank-correlation.ts";

/** Fewer say nothing about a setting. */
export const LEAST_CORRELATED = 5;

export interface Results {
  metric: string;
  /** By the job's id; those without a result on this metric are left out. */
  figures: ReadonlyMap<string, number>;
}

/** The figure that most of the jobs were judged by, and what each of them came to. */
export function resultsOf({ jobs }: Pick<JobsComparison, "jobs">): Results | null {
  const primary = jobs.flatMap(({ result }) => result?.primary ?? []);
  const metric = primary.toSorted((a, b) => count(primary, b) - count(primary, a))[0];
  if (metric === undefined) return null;
  const figures = jobs.flatMap(({ id, result }): [string, number][] => {
    const figure = result?.metrics[metric]?.value;
    return figure == null ? [] : [[id, figure]];
  });
  return { metric, figures: new Map(figures) };
}

/** How a setting went with the result, from -1 to 1; null for words, and where too few jobs tell. */
export function correlationOf({ values }: DifferingSetting, { figures }: Results): number | null {
  const pairs = values.flatMap(({ job_id: id, value }): [number, number][] => {
    const figure = figures.get(id);
    return typeof value === "number" && figure !== undefined ? [[value, figure]] : [];
  });
  return pairs.length < LEAST_CORRELATED ? null : rankCorrelation(pairs);
}

function count(names: readonly string[], name: string): number {
  return names.filter((other) => other === name).length;
}
