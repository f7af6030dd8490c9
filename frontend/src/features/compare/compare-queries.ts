import { useQueries, useQuery } from "@tanstack/react-query";

import { compareCalls } from "@/features/compare/calls.ts";
import type { Asked } from "@/features/compare/compare-address.ts";
import { LEAST_JOBS } from "@/features/compare/compare-address.ts";
import { jobCalls } from "@/features/jobs/calls.ts";
import type { ComparedJob, Metrics } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { ACTIVE } from "@/lib/job-states.ts";

const ACTIVE_MS = 5000;
/** Of all jobs together, as many as eight curves of full width have: of as many jobs as can be compared, still 150 each. */
const MAX_POINTS = 4800;
const MOST_POINTS = 600;
export const ROWS_SHOWN = 10;

/** Asked again while one of the jobs is at work. */
export function useComparison(asked: Asked) {
  return useQuery({
    queryKey: ["compare", asked.ids, asked.baseline],
    queryFn: () => send(compareCalls.compare(asked)),
    enabled: asked.ids.length >= LEAST_JOBS,
    placeholderData: (previous) => previous,
    refetchInterval: (query) => (query.state.data?.jobs.some(({ state }) => ACTIVE.has(state)) === true ? ACTIVE_MS : false),
  });
}

/** Asked anew when another of the jobs has a result. */
export function useDisagreements(asked: Asked, jobs: readonly ComparedJob[], offset: number) {
  const judged = jobs.filter(({ state }) => state === "succeeded").map(({ id }) => id);
  return useQuery({
    queryKey: ["compare", "rows", asked.ids, asked.baseline, judged, offset],
    queryFn: () => send(compareCalls.rows(asked, offset, ROWS_SHOWN)),
    enabled: asked.ids.length >= LEAST_JOBS,
    placeholderData: (previous) => previous,
  });
}

export interface JobCurves {
  id: string;
  series: Metrics["series"];
}

/** How many points of a curve are asked for where so many jobs are compared. */
export function pointsOf(numJobs: number): number {
  return Math.min(MOST_POINTS, Math.floor(MAX_POINTS / numJobs));
}

/** The curves of each job, as far as they are known; `error` is that of a job whose curves could not be loaded. */
export function useCurves(jobs: readonly ComparedJob[]) {
  const points = pointsOf(jobs.length);
  return useQueries({
    queries: jobs.map(({ id, state }) => ({
      queryKey: ["compare", "curves", id, points],
      queryFn: () => send(jobCalls.metrics(id, points)),
      refetchInterval: ACTIVE.has(state) ? ACTIVE_MS : (false as const),
    })),
    combine: (results) => ({
      curves: results.map((result, index): JobCurves => ({ id: jobs[index]?.id ?? "", series: result.data?.series ?? [] })),
      isPending: results.some((result) => result.isPending),
      error: results.find((result) => result.isError && result.data === undefined)?.error ?? null,
      refetch: () => Promise.all(results.map((result) => result.refetch())),
    }),
  });
}
