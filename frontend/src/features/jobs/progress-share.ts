import type { JobListItem } from "@/lib/api-types.ts";

/** How far a job is, 0 to 1, or null while the trainer has not told its plan. */
export function progressShare({ progress, state }: Pick<JobListItem, "progress" | "state">): number | null {
  if (state === "succeeded") return 1;
  const total = progress.total_steps;
  return total === null || total <= 0 ? null : Math.min(1, progress.step / total);
}
