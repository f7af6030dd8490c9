/** Jobs side by side as the server tells it: the second is better than the baseline, every later one cannot be told from it. */
import type { EffectFigures, Job, JobPair, JobsComparison, RowDisagreements } from "@/lib/api-types.ts";
import { evaluationFor } from "@/testing/evaluation-fixtures.ts";
import { INTENTS } from "@/testing/fixture-values.ts";

const TOTAL = 23;

export const better: EffectFigures = {
  metric: "accuracy",
  is_lower_better: false,
  num_shared: 168,
  num_rows: 168,
  before: { value: 0.851, low: 0.79, high: 0.9 },
  after: { value: 0.929, low: 0.88, high: 0.97 },
  difference: { value: 0.078, low: 0.021, high: 0.136 },
  p_value: 0.004,
  test: "mcnemar",
  outcome: "better",
};

export function comparisonOf(jobs: readonly Job[], baselineId: string): JobsComparison {
  const evaluation = evaluationFor(INTENTS);
  const metrics = evaluation.contenders.find(({ name }) => name === "tuned")?.metrics ?? {};
  const others = jobs.filter(({ id }) => id !== baselineId);
  return {
    baseline_id: baselineId,
    jobs: jobs.map((job) => ({
      id: job.id,
      name: job.name,
      state: job.state,
      base_model: job.base_model,
      method: job.spec.method.type,
      dataset: job.dataset,
      dataset_version: job.dataset_version,
      best_trial: null,
      tags: job.tags,
      batch_id: null,
      training_s: job.state === "queued" ? null : 184,
      result: job.summary ? { primary: evaluation.primary, split: evaluation.split, num_rows: evaluation.num_rows, metrics } : null,
    })),
    settings: [
      { path: "method.type", values: jobs.map(({ id, spec }) => ({ job_id: id, value: spec.method.type, is_auto: false })) },
      { path: "optimisation.learning_rate", values: jobs.map(({ id }, place) => ({ job_id: id, value: 0.00002 * (place + 1), is_auto: place === 0 })) },
    ],
    pairs: others.map(
      ({ id, name }, place): JobPair =>
        place === 0
          ? { job_id: id, figures: better, p_corrected: 0.004, reason: null, message: "Better than the baseline." }
          : { job_id: id, figures: null, p_corrected: null, reason: "no_result", message: `“${name}” has no result: only a job that has succeeded has one.` },
    ),
    num_comparisons: Math.min(1, others.length),
  };
}

export function disagreementsOf(ids: readonly string[], offset: number): RowDisagreements {
  const [first = "", second = ""] = ids;
  const numbers = Array.from({ length: Math.min(10, TOTAL - offset) }, (_, index) => offset + index + 1);
  return {
    kind: "right_or_wrong",
    metric: "accuracy",
    is_lower_better: false,
    job_ids: [first, second],
    roles: ["text", "label"],
    total: TOTAL,
    data: numbers.map((number) => ({
      row: { id: number, row: number, split: "test", cells: { text: `Message number ${number}`, label: "refund_request" }, long: [] },
      answers: [
        { job_id: first, figure: 0, is_right: false, answer: number === 1 ? "complaint" : null },
        { job_id: second, figure: 1, is_right: true, answer: "refund_request" },
      ],
    })),
  };
}
