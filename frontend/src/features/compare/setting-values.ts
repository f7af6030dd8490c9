import type { DifferingSetting, JobsComparison } from "@/lib/api-types.ts";
import { explainedByGroups, explainedByParabola, rankCorrelation } from "@/lib/rank-correlation.ts";

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

/**
 * How much of the order of the results each setting explains by itself, from 0 to 1, the most first: the adjusted R² of their ranks, by
 * its words as groups or by a parabola over the ranks of its numbers. Settings that too few results tell about are left out.
 */
export function importanceOf(settings: readonly DifferingSetting[], results: Results): { path: string; share: number }[] {
  return settings.flatMap((setting) => shareOf(setting, results) ?? []).toSorted((a, b) => b.share - a.share);
}

function shareOf({ path, values }: DifferingSetting, { figures: results }: Results): { path: string; share: number } | null {
  const known = values.flatMap(({ job_id: id, value }) => {
    const figure = results.get(id);
    return value === null || figure === undefined ? [] : [{ value, figure }];
  });
  const figures = known.map(({ figure }) => figure);
  const numbers = known.flatMap(({ value }) => (typeof value === "number" ? [value] : []));
  const explained = numbers.length === known.length ? explainedByParabola(numbers, figures) : explainedByGroups(known.map(({ value }) => String(value)), figures);
  if (explained === null || explained.parameters === 0 || known.length < LEAST_CORRELATED) return null;
  const free = known.length - 1 - explained.parameters;
  return free <= 0 ? null : { path, share: Math.max(0, 1 - ((1 - explained.share) * (known.length - 1)) / free) };
}

function count(names: readonly string[], name: string): number {
  return names.filter((other) => other === name).length;
}
