/** A search that has ended, as the server tells it: two settings and a choice, one trial pruned in three, one failed. */
import type { Job, Trial } from "@/lib/api-types.ts";
import { finishedJob, minutesAfter, uuid } from "@/testing/fixtures.ts";

const RATE = "optimisation.learning_rate";
const EPOCHS = "optimisation.epochs";
const SCHEDULE = "optimisation.schedule";
const BEST = 7;

const ROWS: readonly [rate: number, epochs: number, schedule: string, state: Trial["state"], value: number | null][] = [
  [1.2e-5, 3, "linear", "complete", 0.871],
  [4.1e-5, 5, "cosine", "complete", 0.918],
  [8.8e-4, 4, "linear", "pruned", 0.642],
  [2.2e-4, 2, "constant", "complete", 0.903],
  [1.6e-5, 2, "cosine", "pruned", 0.702],
  [9.7e-1, 6, "linear", "failed", null],
  [7.4e-5, 4, "linear", "complete", 0.931],
  [9.1e-5, 6, "cosine", "complete", 0.944],
  [1.1e-4, 6, "cosine", "complete", 0.941],
  [3.9e-4, 5, "constant", "pruned", 0.733],
  [6.2e-5, 6, "linear", "complete", 0.936],
  [1.3e-4, 5, "cosine", "complete", 0.938],
];

export const trials: Trial[] = ROWS.map(([rate, epochs, schedule, state, value], number) => ({
  number,
  settings: { [RATE]: rate, [EPOCHS]: epochs, [SCHEDULE]: schedule },
  state,
  value,
  steps: state === "complete" ? epochs * 41 : 0,
  seconds: 9 + epochs * 4.2,
  reason:
    state === "failed"
      ? { code: "training:diverged", fault: "user", message: "The training went out of control (the loss is not a number). Choose a smaller learning rate.", params: {} }
      : null,
  attempt: 1,
  created_at: minutesAfter(7 + number / 2),
}));

export const searchJob: Job = {
  ...finishedJob,
  id: uuid(36),
  name: "Customer service intents, searched",
  spec: {
    ...finishedJob.spec,
    search: {
      type: "optuna",
      space: {
        [RATE]: { type: "range", low: 1e-5, high: 1, is_log: true, is_integer: false },
        [EPOCHS]: { type: "range", low: 2, high: 6, is_log: false, is_integer: true },
        [SCHEDULE]: { type: "choices", values: ["linear", "cosine", "constant"] },
      },
      num_trials: ROWS.length,
      pruner: "asha",
      max_seconds: null,
      max_cost: null,
      side_by_side: 1,
    },
  },
  launch: {
    ...finishedJob.launch,
    search: { type: "optuna", num_trials: ROWS.length, space: { [RATE]: { type: "range", low: 1e-5, high: 1, is_log: true }, [EPOCHS]: { type: "range", low: 2, high: 6, is_integer: true }, [SCHEDULE]: { type: "choices", values: ["linear", "cosine", "constant"] } } },
  },
  progress: { ...finishedJob.progress, step: ROWS.length, total_steps: ROWS.length, epoch: ROWS.length, committed_step: ROWS.length },
  search: {
    num_trials: ROWS.length,
    num_ended: ROWS.length,
    best: { number: BEST, value: trials[BEST]?.value ?? 0, settings: trials[BEST]?.settings ?? {} },
    metric: "accuracy",
    is_lower_better: false,
    importance: { [RATE]: 0.71, [EPOCHS]: 0.21, [SCHEDULE]: 0.08 },
    ended_by: "trials",
    running: [],
  },
  model_version_id: null,
  warnings: [],
  resolved: [],
};

const SO_FAR = 3;

/** The same while it runs: which metric it watches is not told yet. */
export const runningSearch: Job = {
  ...searchJob,
  id: uuid(37),
  name: "Customer service intents, being searched",
  state: "running",
  reason: { code: "worker:claimed", fault: "nobody", message: "A worker has taken the job.", params: {} },
  search: { num_trials: ROWS.length, num_ended: SO_FAR, best: { number: 1, value: 0.918, settings: trials[1]?.settings ?? {} }, metric: null, is_lower_better: null, importance: {}, ended_by: null, running: [{ number: SO_FAR, settings: trials[SO_FAR]?.settings ?? {} }] },
  progress: { phase: "training", step: SO_FAR, total_steps: ROWS.length, epoch: SO_FAR + 0.4, examples_per_second: 391, seconds_remaining: 210, seconds_remaining_spread: 60, committed_step: SO_FAR },
  summary: null,
  finished_at: null,
};

export function trialsOf(job: Job): Trial[] {
  return trials.slice(0, job.search?.num_ended ?? 0);
}
