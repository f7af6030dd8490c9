import type { Estimate } from "@/lib/api-types.ts";

/** What the server calls the organisation's training hours of a month where they are a limit. */
export const QUOTA_OF_HOURS = "quota.compute_hours";

/** Seconds that are left of the training hours, where the launches together may take more, though perhaps none does alone; null where they do not, or nothing is left. */
export function sharedLeft(estimates: readonly Estimate[]): number | null {
  const left = Math.min(...estimates.flatMap(({ quota_left_s: seconds }) => seconds ?? []));
  const most = estimates.reduce((sum, { work_seconds: work }) => sum + work.high, 0);
  return left > 0 && most > left ? left : null;
}

/** The limits that launches meet each by itself, every one once; without the training hours where all of them together are told of those. */
export function ownLimits(estimates: readonly Estimate[]): Estimate["limits"] {
  const isShared = sharedLeft(estimates) !== null;
  const hits = estimates.flatMap(({ limits }) => limits).filter(({ field }) => !isShared || field !== QUOTA_OF_HOURS);
  return [...new Map(hits.map((hit) => [hit.message, hit])).values()];
}
