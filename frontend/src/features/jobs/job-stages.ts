import type { JobEvent, JobState } from "@/lib/api-types.ts";
import { isTerminal } from "@/lib/job-states.ts";

type Phase = NonNullable<JobEvent["phase"]>;
/** What a job was doing: a phase of its run, or the state in which no phase was told. */
export type StageKind = JobState | Phase;

export interface Stage {
  kind: StageKind;
  attempt: number;
  /** Milliseconds since 1970. */
  start: number;
  end: number;
  isRunning: boolean;
  /** The first of an attempt after the first one. */
  beginsAttempt: boolean;
  /** Why it ended where it should not have: a lost worker, a failure. */
  lostTo: string | null;
}

/** In these a worker has the job; it leaves them for others only when something breaks, or when somebody asks for it. */
const AT_WORK: ReadonlySet<string> = new Set(["starting", "running", "finalizing"]);
/** States whose phases say more. */
const TOLD_BY_PHASES: ReadonlySet<string> = new Set(["running", "finalizing"]);
const PHASES: ReadonlySet<string> = new Set<Phase>(["loading", "preparing", "probing", "comparing", "training", "evaluating", "exporting"]);

function isLoss({ from, to, reason }: JobEvent): boolean {
  return from !== null && AT_WORK.has(from) && (to === "queued" || to === "retry_wait" || to === "failed") && reason !== null && reason.fault !== "nobody";
}

/** The stages of a job in their order; the last one lasts until `now` where the job has not ended. */
export function stagesOf(events: readonly JobEvent[], now: number): Stage[] {
  const stages: Stage[] = [];
  let open: Stage | null = null;
  let attempts = 1;
  for (const event of events) {
    const at = Date.parse(event.created_at);
    const kind = event.to ?? event.phase;
    if (kind === null) continue;
    if (open && PHASES.has(open.kind) && TOLD_BY_PHASES.has(kind)) continue;
    if (open) {
      open.end = at;
      open.isRunning = false;
      open.lostTo = isLoss(event) ? (event.reason?.message ?? null) : null;
    }
    if (event.to !== null && isTerminal(event.to)) return stages;
    const beginsAttempt = event.attempt > attempts;
    attempts = Math.max(attempts, event.attempt);
    open = { kind, attempt: event.attempt, start: at, end: Math.max(at, now), isRunning: true, beginsAttempt, lostTo: null };
    stages.push(open);
  }
  return stages;
}

/** How long a job was at each kind of stage, in the order in which they first came. */
export function stageTotals(stages: readonly Stage[]): { kind: StageKind; milliseconds: number; count: number }[] {
  const totals = new Map<StageKind, { kind: StageKind; milliseconds: number; count: number }>();
  for (const { kind, start, end } of stages) {
    const total = totals.get(kind) ?? { kind, milliseconds: 0, count: 0 };
    totals.set(kind, { kind, milliseconds: total.milliseconds + end - start, count: total.count + 1 });
  }
  return [...totals.values()];
}

type Look = "waiting" | "held" | "preparing" | "learning" | "judging" | "saving";

const LOOKS: Record<StageKind, Look> = {
  draft: "waiting",
  validating: "waiting",
  queued: "waiting",
  retry_wait: "held",
  paused: "held",
  starting: "preparing",
  loading: "preparing",
  preparing: "preparing",
  searching: "learning",
  running: "learning",
  probing: "learning",
  comparing: "learning",
  training: "learning",
  evaluating: "judging",
  finalizing: "saving",
  exporting: "saving",
  succeeded: "saving",
  failed: "waiting",
  cancelled: "waiting",
};

export function lookOf(kind: StageKind): Look {
  return LOOKS[kind];
}
