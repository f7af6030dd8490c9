/** Data as the server sends it, typed by its schema: for unit tests and for working on the page without a server. */
import type {
  BaseModel,
  Dataset,
  DatasetVersion,
  Job,
  JobEvent,
  JobListItem,
  Lineage,
  Metrics,
  Model,
  ModelVersionDetail,
  NotificationSettings,
  Session,
} from "@/lib/api-types.ts";
import { HOSTILE_NAME, INTENTS, noise } from "@/testing/fixture-values.ts";
import { evaluationFor, multiLabelEvaluation, pairScoreEvaluation, summaryOf } from "@/testing/evaluation-fixtures.ts";

export { HOSTILE_NAME, INTENTS };

export function uuid(number: number): string {
  return `01920000-0000-7000-8000-${String(number).padStart(12, "0")}`;
}

const START = Date.UTC(2026, 10, 24, 3, 0, 0);

export function minutesAfter(minutes: number): string {
  return new Date(START + minutes * 60_000).toISOString();
}

export const session: Session = {
  user: { id: uuid(1), email: "mei@example.com", name: "Mei Lin", language: "en" },
  tenants: [
    { id: uuid(2), name: "Northwind Support", role: "owner", created_at: minutesAfter(0), restorable_until: null },
    { id: uuid(3), name: HOSTILE_NAME, role: "viewer", created_at: minutesAfter(0), restorable_until: null },
  ],
  csrf_token: "token",
  price_currency: "USD",
  takes_direct_uploads: false,
  password_min_length: 10,
  is_mail_sent: true,
  restorable_days: 7,
};

export const notificationSettings: NotificationSettings = {
  kinds: (["job_succeeded", "job_failed", "job_paused", "import_failed", "findings_severe", "quota_near", "role_changed", "member_joined", "organisation_deleted"] as const).map((kind) => ({
    kind,
    in_page: true,
    by_email: kind.startsWith("job_"),
  })),
  follows_all_jobs: false,
  email: "mei@example.com",
  is_mail_sent: true,
};

export const version: DatasetVersion = {
  id: uuid(11),
  dataset_id: uuid(10),
  number: 2,
  sha256: "9f2c41d07a5be3c8d1f04e6b7a8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708",
  num_rows: { train: 1312, validation: 164, test: 168 },
  labels: INTENTS.map((label, index) => ({ label, train: 180 - index * 11, validation: 20 - index, test: 21 - index })),
  text_length: { p50: 64, p95: 182, max: 611, unit: "characters" },
  task: "classification",
  statistics: [
    { role: "text", kind: "text", length: { p50: 64, p95: 182, max: 611, unit: "characters" } },
    { role: "label", kind: "label", labels: INTENTS.map((label, index) => ({ label, train: 180 - index * 11, validation: 20 - index, test: 21 - index })) },
  ],
  size_bytes: 182_311,
  mapping: { text: "message", label: "intent" },
  problems_count: 2,
  parent_id: null,
  change: { kind: "upload" },
  num_added: 1644,
  num_removed: 0,
  num_changed: 0,
  created_by: null,
  created_at: minutesAfter(4),
};

export const dataset: Dataset = {
  id: uuid(10),
  name: "Customer service intents",
  task: "classification",
  state: "ready",
  files: [
    {
      position: 0,
      upload_id: uuid(12),
      filename: "customer-service.csv",
      member: "",
      split: "auto",
      format: "csv",
      compression: null,
      encoding: "utf-8",
      reading: {
        delimiter: ",",
        quoting: "doubled",
        has_header: true,
        sheet: null,
        sheets: [],
        header_row: null,
        records: null,
        tag_column: null,
        layout: null,
        dialect: null,
        derived: [],
      },
      choices: {},
      size_bytes: 198_233,
      num_rows: 1646,
      columns: ["message", "intent", "channel"],
    },
  ],
  roles: [
    { role: "text", kind: "text", is_optional: false },
    { role: "label", kind: "label", is_optional: false },
  ],
  mapping: { text: "message", label: "intent", confidence: 0.97 },
  suggestion: null,
  columns: [
    {
      name: "message",
      sample: ["Where is my parcel? It was due on Monday.", "I want my money back for order 4471", "your app logs me out every time"],
      num_distinct: 1630,
      num_empty: 0,
      guess: "text",
    },
    { name: "intent", sample: ["delivery_status", "refund_request", "login_problem"], num_distinct: 12, num_empty: 2, guess: "label" },
    { name: "channel", sample: ["mail", "chat", "phone"], num_distinct: 3, num_empty: 41, guess: "other" },
  ],
  names_model: null,
  progress: null,
  problems: [
    {
      code: "data:missing_label",
      severity: "warning",
      message: "The label is empty; the row is left out. Fill in the column “intent” to use it.",
      file: "customer-service.csv",
      row: 512,
      column: "intent",
      value: "",
    },
    {
      code: "data:conflicting_label",
      severity: "warning",
      message: "The same text has another label in row 88.",
      file: "customer-service.csv",
      row: 913,
      column: "intent",
      value: "complaint",
    },
  ],
  num_problems: 2,
  latest_version: version,
  created_at: minutesAfter(2),
  created_by: { id: uuid(1), email: "mei@example.com" },
  deleted_at: null,
  restorable_until: null,
};

export const unmappedDataset: Dataset = {
  ...dataset,
  id: uuid(20),
  name: "Hotel reviews, raw export",
  state: "needs_mapping",
  mapping: { text: "message", label: "channel", confidence: 0.54 },
  problems: [],
  num_problems: 0,
  latest_version: null,
};

export const readingDataset: Dataset = {
  ...unmappedDataset,
  id: uuid(21),
  name: HOSTILE_NAME,
  state: "validating",
  progress: { stage: "validating", rows_read: 412_000, bytes_read: 62_000_000, total_bytes: 148_000_000 },
};

export const invalidDataset: Dataset = {
  ...unmappedDataset,
  id: uuid(22),
  name: "Tickets 2025",
  state: "invalid",
  mapping: { text: "message", label: "intent" },
  problems: [
    {
      code: "data:single_class",
      severity: "error",
      message: "All 1,204 rows have the label “other”. Training needs at least two different labels.",
      file: "tickets-2025.csv",
      row: null,
      column: "intent",
      value: "other",
    },
  ],
  num_problems: 1,
};

/** Opened for classification, though its columns are those of pairs. */
export const pairDataset: Dataset = {
  ...unmappedDataset,
  id: uuid(23),
  name: "Question pairs",
  columns: [
    { name: "first", sample: ["Where is my parcel?"], num_distinct: 900, num_empty: 0, guess: "text" },
    { name: "second", sample: ["When will my order arrive?"], num_distinct: 880, num_empty: 0, guess: "other" },
    { name: "same", sample: ["yes", "no"], num_distinct: 2, num_empty: 0, guess: "label" },
  ],
  mapping: { text: "first", label: "same", confidence: 0.8 },
  suggestion: { task: "pair_classification", confidence: 0.95 },
};

export const numberVersion: DatasetVersion = {
  ...version,
  id: uuid(13),
  dataset_id: uuid(24),
  task: "regression",
  labels: [],
  statistics: [
    { role: "text", kind: "text", length: version.text_length },
    {
      role: "score",
      kind: "number",
      min: 1,
      max: 5,
      mean: 3.2,
      deviation: 0.9,
      histogram: [
        { low: 1, high: 3, train: 500, validation: 60, test: 70 },
        { low: 3, high: 5, train: 812, validation: 104, test: 98 },
      ],
    },
  ],
  mapping: { text: "review", score: "stars" },
};

export const tagVersion: DatasetVersion = {
  ...version,
  id: uuid(14),
  dataset_id: uuid(25),
  task: "token_classification",
  labels: [{ label: "PER", train: 500, validation: 60, test: 62 }],
  text_length: { p50: 9, p95: 31, max: 113, unit: "tokens" },
  statistics: [
    { role: "tokens", kind: "tokens", length: { p50: 9, p95: 31, max: 113, unit: "tokens" } },
    { role: "tags", kind: "tags", labels: [{ label: "PER", train: 500, validation: 60, test: 62 }], spans: [{ label: "PER", train: 720, validation: 81, test: 90 }] },
  ],
  mapping: { tokens: "words", tags: "ner" },
};

export const baseModel: BaseModel = {
  slug: "minilm-l6-v2",
  name: "MiniLM L6 v2",
  family: "bert",
  num_parameters: 22_713_216,
  max_length: 512,
  languages: ["en"],
  tasks: ["classification", "pair_classification", "multi_label", "regression", "pair_regression", "token_classification"],
  licence: "Apache-2.0",
  source: "sentence-transformers/all-MiniLM-L6-v2",
  methods: ["auto", "full", "lora", "adalora", "adapter", "prefix", "prompt", "p_tuning", "ia3", "bitfit", "last_layers"],
  is_large: false,
  usual_rates: { classification: 1e-4, pair_classification: 2e-4, multi_label: 1e-4, regression: 1e-4, pair_regression: 1e-4, token_classification: 3e-4 },
  rate_factors: { full: 1, last_layers: 2, lora: 10, adapter: 10, p_tuning: 10, adalora: 20, bitfit: 20, ia3: 50, prefix: 50, prompt: 50 },
};

export const finishedJob: Job = {
  id: uuid(30),
  name: "Customer service intents, full",
  state: "succeeded",
  desired: "run",
  reason: { code: "training:completed", fault: "nobody", message: "Training is complete.", params: {} },
  attempt: 2,
  base_model: "minilm-l6-v2",
  dataset: { id: dataset.id, name: dataset.name },
  dataset_version: { id: version.id, number: version.number },
  notes: "",
  tags: [],
  spec: {
    spec_version: 1,
    base_model: "minilm-l6-v2",
    data: { train: "train.parquet", validation: "validation.parquet", test: "test.parquet", version_sha256: null },
    task: { type: "classification", text_column: "message", label_column: "intent", max_length: "auto", truncation_side: "auto" },
    method: { type: "full" },
    search: { type: "none" },
    augmentation: null,
    optimisation: {
      epochs: "auto",
      batch_size: 32,
      learning_rate: "auto",
      gradient_accumulation: 1,
      weight_decay: 0.01,
      schedule: "linear",
      warmup_ratio: "auto",
      max_grad_norm: 1,
      label_smoothing: 0,
      class_weights: "none",
      focal_gamma: 0,
      r_drop: 0,
      similarity_epochs: "auto",
      dropout: null,
      layer_decay: 1,
      averaging: null,
      gradient_checkpointing: false,
      precision: "auto",
      head: "auto",
      early_stopping: { metric: "auto", patience: 2, min_delta: 0 },
    },
    checkpointing: { every_seconds: 60, every_steps: null, keep_last: 2, deliver_step: null },
    limits: { max_seconds: null, max_steps: null, budget_seconds: null, budget_cost: null },
    seed: 0,
  },
  launch: { name: "Customer service intents, full", dataset_version_id: version.id, base_model: "minilm-l6-v2", optimisation: { batch_size: 32 } },
  spec_sha256: "41f2c41d07a5be3c8d1f04e6b7a8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f70",
  search: null,
  delivers: null,
  checkpoints_kept_until: null,
  diagnoses: [],
  resolved: [
    { field: "optimisation.epochs", value: 6, rule: "epochs.by_size", explanation: "1,312 training examples: 6 passes, ended early when validation stops improving." },
    { field: "optimisation.learning_rate", value: 0.00008, rule: "learning_rate.full_small", explanation: "All weights of a 22.7 M model learn, batch 32: 8e-5." },
    { field: "task.max_length", value: 64, rule: "max_length.p99", explanation: "99.6 % of the texts have at most 64 tokens." },
    { field: "optimisation.head", value: "probe", rule: "head.probe", explanation: "The output layer is solved on the base model’s features before fine-tuning." },
  ],
  progress: { phase: "exporting", step: 246, total_steps: 246, epoch: 6, examples_per_second: 412.4, seconds_remaining: 0, seconds_remaining_spread: null, committed_step: 246 },
  summary: summaryOf(evaluationFor(INTENTS)),
  model_version_id: uuid(41),
  created_by: { id: uuid(1), email: "mei@example.com" },
  created_at: minutesAfter(6),
  queued_at: minutesAfter(6),
  started_at: minutesAfter(6),
  finished_at: minutesAfter(9),
  archived_at: null,
  queue_position: null,
  waits_for: null,
  trainable_parameters: 22_717_836,
  total_parameters: 22_717_836,
  resumed_count: 1,
  warnings: [{ code: "data:rare_label", message: "The label “speak_to_human” has only 59 training examples; expect more mistakes there.", params: {}, at: minutesAfter(6) }],
};

export const runningJob: Job = {
  ...finishedJob,
  id: uuid(31),
  name: "Customer service intents, LoRA",
  state: "running",
  reason: { code: "worker:claimed", fault: "nobody", message: "A worker has taken the job.", params: {} },
  attempt: 1,
  spec: { ...finishedJob.spec, method: { type: "lora", rank: 16, alpha: 32, dropout: 0.05, target_modules: "auto", layers: "all", use_rslora: false, use_dora: false, quantise: "none" } },
  progress: { phase: "training", step: 96, total_steps: 246, epoch: 2.34, examples_per_second: 387, seconds_remaining: 154, seconds_remaining_spread: null, committed_step: 82 },
  summary: null,
  model_version_id: null,
  finished_at: null,
  trainable_parameters: 302_604,
  resumed_count: 0,
  warnings: [],
};

export const queuedJob: Job = {
  ...runningJob,
  id: uuid(32),
  name: HOSTILE_NAME,
  state: "queued",
  progress: { phase: null, step: 0, total_steps: null, epoch: 0, examples_per_second: null, seconds_remaining: null, seconds_remaining_spread: null, committed_step: 0 },
  started_at: null,
  queue_position: 2,
};

export const failedJob: Job = {
  ...finishedJob,
  id: uuid(33),
  name: "Tickets with a typo",
  state: "failed",
  reason: {
    code: "training:diverged",
    fault: "user",
    message: "The loss became infinite at step 41: the learning rate 0.5 is too high. Leave it on “auto” or try a value below 0.001.",
    params: {},
  },
  summary: null,
  model_version_id: null,
};

export const pairScoreJob: Job = {
  ...finishedJob,
  id: uuid(34),
  name: "Alike questions, scored",
  dataset: { id: uuid(24), name: "Question pairs" },
  spec: { ...finishedJob.spec, task: { type: "pair_regression", text_a_column: "first", text_b_column: "second", score_column: "score", max_length: "auto", truncation_side: "auto" } },
  summary: summaryOf(pairScoreEvaluation),
  model_version_id: null,
  warnings: [],
};

export const multiLabelJob: Job = {
  ...finishedJob,
  id: uuid(35),
  name: "Topics of reviews",
  dataset: { id: uuid(25), name: "Hotel reviews" },
  spec: { ...finishedJob.spec, task: { type: "multi_label", text_column: "text", labels_column: "topics", max_length: "auto", truncation_side: "auto" } },
  summary: summaryOf(multiLabelEvaluation),
  model_version_id: null,
  warnings: [],
};

export function asListItem(job: Job): JobListItem {
  const item: Partial<Job> = { ...job };
  delete item.notes;
  delete item.spec;
  delete item.search;
  delete item.resolved;
  delete item.warnings;
  return item as JobListItem;
}

/** What is measured on the validation split after each epoch, by the task of the job. */
const VALIDATION: Readonly<Partial<Record<Job["spec"]["task"]["type"], Record<string, readonly number[]>>>> = {
  classification: {
    accuracy: [0.81, 0.89, 0.925, 0.94, 0.945, 0.946],
    macro_f1: [0.78, 0.87, 0.915, 0.93, 0.937, 0.939],
  },
  multi_label: {
    macro_f1: [0.48, 0.6, 0.66, 0.69, 0.7, 0.7],
    micro_f1: [0.58, 0.69, 0.73, 0.75, 0.76, 0.76],
  },
  pair_regression: {
    pearson: [0.71, 0.78, 0.81, 0.82, 0.83, 0.83],
    spearman: [0.7, 0.76, 0.8, 0.81, 0.82, 0.82],
  },
};
const EPOCH_STEPS = 41;

/** A loss that falls like one, with the noise of a fixed generator. */
export function metricsOf(job: Job): Metrics {
  if (job.search !== null) return metricsOfTrials(job);
  const random = noise();
  const { step } = job.progress;
  const steps = Array.from({ length: step }, (_, index) => index + 1);
  const measured = (values: readonly number[]): [number, number, number][] =>
    values.map((value, index): [number, number, number] => [(index + 1) * EPOCH_STEPS, index + 1, value]).filter(([at]) => at <= step);
  return {
    series: [
      { name: "train/loss", points: steps.map((at) => [at, at / EPOCH_STEPS, 2.3 * Math.exp(-at / 45) + 0.12 + random() * 0.3 * Math.exp(-at / 120)]) },
      { name: "train/learning_rate", points: steps.map((at) => [at, at / EPOCH_STEPS, at < 15 ? (8e-5 * at) / 15 : (8e-5 * (247 - at)) / 232]) },
      { name: "validation/loss", points: measured([0.92, 0.48, 0.33, 0.27, 0.25, 0.24]) },
      ...Object.entries(VALIDATION[job.spec.task.type] ?? {}).map(([name, values]) => ({ name: `validation/${name}`, points: measured(values) })),
    ],
    resources: resourcesOf(step),
    clock: steps.map((at) => [at, at * 0.8]),
    last_seq: step,
  };
}

/** Memory fills to little below what the machine has; now and then a checkpoint is written. */
function resourcesOf(step: number): Metrics["resources"] {
  const random = noise();
  const seconds = Array.from({ length: Math.floor((step * 0.8) / 2) }, (_, index) => 2 * (index + 1));
  const over = (value: (second: number) => number) => seconds.map((second) => [second, value(second)]);
  const from = (limit: number) => seconds.slice(0, 1).map((second) => [second, limit]);
  return [
    { name: "disk_writes", points: over((second) => (second % 30 === 0 ? 48e6 : 20e3)) },
    { name: "memory", points: over((second) => 14.8e9 - 12.6e9 * Math.exp(-second / 12) + 0.2e9 * random()) },
    { name: "memory_limit", points: from(16e9) },
    { name: "processor", points: over(() => 1.9 + 0.1 * random()) },
    { name: "processor_limit", points: from(2) },
  ];
}

/** The curves of a search: those of each trial under its number, each with a higher loss than the one before. */
function metricsOfTrials(job: Job): Metrics {
  const single = metricsOf({ ...job, search: null, progress: { ...job.progress, step: 4 * EPOCH_STEPS } });
  const numbers = Array.from({ length: job.search?.num_ended ?? 0 }, (_, index) => index);
  return { series: numbers.flatMap((number) => single.series.map(({ name, points }) => ({ name: `trial-${number}/${name}`, points: points.map(([step = 0, epoch = 0, value = 0]) => [step, epoch, name.endsWith("/loss") ? value * (1 + 0.08 * number) : value]) }))), resources: [], clock: [], last_seq: job.progress.step };
}

export const LOG_LINES = ["Reading 656 rows", "step 10 loss 1.9210", "step 20 loss 1.4020"];

export const events: JobEvent[] = [
  { seq: 1, type: "state", attempt: 0, from: "draft", to: "queued", reason: { code: "user:launched", fault: "nobody", message: "Launched by mei@example.com.", params: {} }, message: null, phase: null, created_at: minutesAfter(6) },
  { seq: 2, type: "state", attempt: 1, from: "queued", to: "starting", reason: { code: "worker:claimed", fault: "nobody", message: "A worker has taken the job.", params: {} }, message: null, phase: null, created_at: minutesAfter(6.02) },
  { seq: 3, type: "state", attempt: 1, from: "starting", to: "running", reason: null, message: null, phase: null, created_at: minutesAfter(6.05) },
  { seq: 4, type: "state", attempt: 1, from: "running", to: "queued", reason: { code: "worker:lost", fault: "platform", message: "The worker was lost; the job goes on from step 82 on another one.", params: {} }, message: null, phase: null, created_at: minutesAfter(7) },
  { seq: 5, type: "state", attempt: 2, from: "queued", to: "running", reason: null, message: null, phase: null, created_at: minutesAfter(7.1) },
  { seq: 6, type: "note", attempt: 2, from: null, to: null, phase: "training", reason: null, message: null, created_at: minutesAfter(7.2) },
  { seq: 7, type: "note", attempt: 2, from: null, to: null, phase: "evaluating", reason: null, message: null, created_at: minutesAfter(8.6) },
  { seq: 8, type: "note", attempt: 2, from: null, to: null, phase: "exporting", reason: null, message: null, created_at: minutesAfter(8.8) },
  { seq: 9, type: "state", attempt: 2, from: "finalizing", to: "succeeded", reason: { code: "training:completed", fault: "nobody", message: "Training is complete.", params: {} }, message: null, phase: null, created_at: minutesAfter(9) },
];

export const modelVersion: ModelVersionDetail = {
  model_name: "Customer service intents",
  task: "classification",
  base_model: "minilm-l6-v2",
  id: uuid(41),
  model_id: uuid(40),
  number: 1,
  job_id: finishedJob.id,
  dataset_version_id: version.id,
  labels: [...INTENTS],
  summary: summaryOf(evaluationFor(INTENTS)),
  artifacts: [{ id: uuid(42), kind: "merged", size_bytes: 91_882_004, sha256: "c0ffee41d07a5be3c8d1f04e6b7a8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f7", num_files: 8 }],
  created_at: minutesAfter(9),
};

export const model: Model = {
  id: uuid(40),
  name: "Customer service intents",
  task: "classification",
  base_model: "minilm-l6-v2",
  latest_version: modelVersion,
  created_at: minutesAfter(9),
  deleted_at: null,
  restorable_until: null,
};

export const pairScoreModel: Model = {
  ...model,
  id: uuid(43),
  name: "Alike questions",
  task: "pair_regression",
  latest_version: { ...modelVersion, id: uuid(44), model_id: uuid(43), job_id: pairScoreJob.id, labels: [], summary: summaryOf(pairScoreEvaluation) },
};

/** Of another model for the same task. */
export const otherVersion: ModelVersionDetail = { ...modelVersion, id: uuid(45), model_id: uuid(46), model_name: "Intents, all mails", number: 3 };

export const lineage: Lineage = {
  dataset_versions: [
    {
      version_id: uuid(47),
      number: 4,
      dataset_id: dataset.id,
      dataset_name: dataset.name,
      is_deleted: false,
      num_rows: 240,
      change: "upload",
      merged: null,
      created_at: minutesAfter(1),
    },
    {
      version_id: version.id,
      number: 5,
      dataset_id: dataset.id,
      dataset_name: dataset.name,
      is_deleted: false,
      num_rows: 340,
      change: "merge",
      merged: { version_id: uuid(48), number: 2, dataset_id: uuid(49), dataset_name: "Mails of May", is_deleted: true, num_rows: 100 },
      created_at: minutesAfter(2),
    },
  ],
  num_earlier: 3,
  job: { id: finishedJob.id, name: finishedJob.name, base_model: "minilm-l6-v2", state: "succeeded", finished_at: minutesAfter(9) },
  model: { id: uuid(40), name: "Customer service intents", version_id: modelVersion.id, number: 1, summary: modelVersion.summary, created_at: minutesAfter(9) },
  deployment: { state: "ready", message: null },
};

/** As the trainer writes it. */
export const modelCard = `---
license: apache-2.0
base_model: sentence-transformers/all-MiniLM-L6-v2
pipeline_tag: text-classification
library_name: transformers
---

# Classification on MiniLM L6 v2

Fine-tuned with the method *lora* on 192 rows; 24 more chose the best
weights. It reads up to 64 tokens, and knows these languages: en.

## Results on 24 held-out rows (test split)

| answers of | accuracy (95 % interval) | macro f1 (95 % interval) |
|---|---|---|
| **this model** | 91.7% (79.2% to 100.0%) | 91.2% (78.0% to 100.0%) |
| TF-IDF + linear model | 75.0% (58.3% to 91.7%) | 73.9% (55.0% to 90.1%) |

This model is better than TF-IDF + linear model on the held-out rows: +16.7% (+4.2% to +33.3%) in accuracy, p = 0.016
(McNemar, exact).

## How to use it

\`\`\`python
from transformers import pipeline

classify = pipeline("text-classification", model="path/to/this/folder", top_k=None)
print(classify("one text", truncation=True))
\`\`\`

The network is a standard one of its family. \`anneal.json\` holds inputs with the answers that every copy must repeat.
`;
