import { expect, it } from "vitest";

import { stagesOf, stageTotals } from "@/features/jobs/job-stages.ts";
import type { JobEvent } from "@/lib/api-types.ts";

const START = Date.parse("2026-05-04T08:00:00Z");
const LOST: JobEvent["reason"] = { code: "worker:lost", fault: "platform", message: "The worker was lost.", params: {} };
let seq = 0;

function at(second: number, event: Partial<JobEvent>): JobEvent {
  seq += 1;
  return { seq, type: event.phase ? "note" : "state", attempt: 1, from: null, to: null, phase: null, reason: null, message: null, created_at: new Date(START + second * 1000).toISOString(), ...event };
}

function told(events: readonly JobEvent[], nowSecond: number) {
  return stagesOf(events, START + nowSecond * 1000).map(({ kind, attempt, start, end }) => [kind, attempt, (start - START) / 1000, (end - START) / 1000]);
}

const RUN = [
  at(0, { attempt: 0, to: "queued" }),
  at(10, { from: "queued", to: "starting" }),
  at(11, { phase: "loading" }),
  at(14, { phase: "preparing" }),
  at(20, { from: "starting", to: "running" }),
  at(21, { phase: "training" }),
];

it("takes the phases of a run where they were told, and its states elsewhere", () => {
  const ended = [...RUN, at(100, { phase: "exporting" }), at(101, { from: "running", to: "finalizing" }), at(110, { from: "finalizing", to: "succeeded" })];
  const stages = [["queued", 0, 0, 10], ["starting", 1, 10, 11], ["loading", 1, 11, 14], ["preparing", 1, 14, 21]];
  expect(told(ended, 500)).toEqual([...stages, ["training", 1, 21, 100], ["exporting", 1, 100, 110]]);
  expect(told(RUN, 60), "the last one lasts until now").toEqual([...stages, ["training", 1, 21, 60]]);
  const untold = [at(0, { to: "queued" }), at(5, { to: "starting" }), at(8, { from: "starting", to: "running" }), at(30, { from: "running", to: "finalizing" })];
  expect(told(untold, 40)).toEqual([["queued", 1, 0, 5], ["starting", 1, 5, 8], ["running", 1, 8, 30], ["finalizing", 1, 30, 40]]);
});

it("marks a lost worker and the attempt that follows, and not a pause", () => {
  const lost = [...RUN, at(50, { from: "running", to: "queued", reason: LOST }), at(55, { from: "queued", to: "starting", attempt: 2 }), at(60, { phase: "training", attempt: 2 })];
  const stages = stagesOf(lost, START + 90_000);
  expect(stages.map(({ lostTo }) => lostTo)).toEqual([null, null, null, null, "The worker was lost.", null, null, null]);
  expect(stages.map(({ beginsAttempt }) => beginsAttempt)).toEqual([false, false, false, false, false, false, true, false]);
  expect(stages.map(({ isRunning }) => isRunning)).toEqual([false, false, false, false, false, false, false, true]);
  expect(stageTotals(stages).find(({ kind }) => kind === "training")).toEqual({ kind: "training", milliseconds: 59_000, count: 2 });
  const paused = [...RUN, at(50, { from: "running", to: "paused", reason: { code: "user:paused", fault: "nobody", message: "Paused.", params: {} } })];
  expect(stagesOf(paused, START + 60_000).map(({ lostTo }) => lostTo)).toEqual(stages.slice(0, 6).map(() => null));
});

it("has no stage before anything happened, and none shorter than nothing under a clock that is behind", () => {
  expect(stagesOf([], START)).toEqual([]);
  expect(told([at(10, { to: "queued" })], 0)).toEqual([["queued", 1, 10, 10]]);
});
