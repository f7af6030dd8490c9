import type { JobListItem, JobState, Verdict } from "@/lib/api-types.ts";

/** The four temperatures of the page: waiting, hot (working), cooled (done well), and stopped. */
export type Tone = "waiting" | "hot" | "cool" | "stopped" | "failed" | "held";

export const TERMINAL: ReadonlySet<JobState> = new Set(["succeeded", "failed", "cancelled"]);
export const ACTIVE: ReadonlySet<JobState> = new Set([
  "draft",
  "validating",
  "searching",
  "queued",
  "starting",
  "running",
  "finalizing",
  "retry_wait",
]);

const TONES: Record<JobState, Tone> = {
  draft: "waiting",
  validating: "waiting",
  queued: "waiting",
  searching: "hot",
  retry_wait: "waiting",
  starting: "hot",
  running: "hot",
  finalizing: "hot",
  succeeded: "cool",
  paused: "held",
  failed: "failed",
  cancelled: "stopped",
};

/** Of a comparison: nothing is wrong with no difference, it only settles nothing. */
export const OUTCOME_TONES: Record<Verdict["outcome"], Tone> = { better: "cool", no_difference: "held", worse: "failed" };

export function toneOf(state: JobState): Tone {
  return TONES[state];
}

export function isTerminal(state: JobState): boolean {
  return TERMINAL.has(state);
}

type Asked = Pick<JobListItem, "state" | "desired">;

/** What the reader may ask of a job now; a wish that is already on its way is not offered twice. */
export function canPause({ state, desired }: Asked): boolean {
  return desired === "run" && (state === "searching" || state === "queued" || state === "starting" || state === "running" || state === "retry_wait");
}

export function canResume({ state, desired }: Asked): boolean {
  return desired !== "cancel" && state === "paused";
}

export function canArchive({ state, archived_at }: Pick<JobListItem, "state" | "archived_at">): boolean {
  return isTerminal(state) && archived_at === null;
}

export function canCancel({ state, desired }: Asked): boolean {
  return desired !== "cancel" && !isTerminal(state);
}
