import type { Job, JobListItem } from "@/lib/api-types.ts";

/** How far a job is, 0 to 1, or null while the trainer has not told its plan. */
export function progressShare({ progress, state, search }: Pick<JobListItem, "progress" | "state"> & Partial<Pick<Job, "search">>): number | null {
  if (state === "succeeded") return 1;
  const total = progress.total_steps;
  if (total === null || total <= 0) return null;
  // The steps of a search are its trials; its epoch also counts the part of the one that runs.
  return Math.min(1, (search == null ? progress.step : progress.epoch) / total);
}
