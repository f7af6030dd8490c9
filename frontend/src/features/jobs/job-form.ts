import type { Job, JobCreate, MethodType, Optimisation, TaskName } from "@/lib/api-types.ts";
import type { MessageKey } from "@/lib/i18n/translate.ts";

/** One number of the expert section. Empty means: leave it to Anneal (`fallback` says what that is). */
export interface NumberField {
  key: string;
  group: "optimisation" | "method" | "task" | "limits" | "root";
  name: string;
  isInteger: boolean;
  min: number;
  max: number;
  fallback: string;
  label: MessageKey;
  hint: MessageKey;
  onlyFor?: MethodType;
}

const BIG = 2 ** 31 - 1;

export const NUMBER_FIELDS: readonly NumberField[] = [
  { key: "epochs", group: "optimisation", name: "epochs", isInteger: true, min: 1, max: 1000, fallback: "auto", label: "expert.epochs", hint: "expert.epochs_hint" },
  { key: "batch_size", group: "optimisation", name: "batch_size", isInteger: true, min: 1, max: 4096, fallback: "auto", label: "expert.batch_size", hint: "expert.batch_size_hint" },
  { key: "learning_rate", group: "optimisation", name: "learning_rate", isInteger: false, min: 1e-9, max: 1, fallback: "auto", label: "expert.learning_rate", hint: "expert.learning_rate_hint" },
  { key: "max_length", group: "task", name: "max_length", isInteger: true, min: 8, max: 131_072, fallback: "auto", label: "expert.max_length", hint: "expert.max_length_hint" },
  { key: "rank", group: "method", name: "rank", isInteger: true, min: 1, max: 512, fallback: "16", label: "expert.rank", hint: "expert.rank_hint", onlyFor: "lora" },
  { key: "alpha", group: "method", name: "alpha", isInteger: false, min: 1e-6, max: 4096, fallback: "32", label: "expert.alpha", hint: "expert.alpha_hint", onlyFor: "lora" },
  { key: "dropout", group: "method", name: "dropout", isInteger: false, min: 0, max: 0.99, fallback: "0.05", label: "expert.dropout", hint: "expert.dropout_hint", onlyFor: "lora" },
  { key: "gradient_accumulation", group: "optimisation", name: "gradient_accumulation", isInteger: true, min: 1, max: 1024, fallback: "1", label: "expert.gradient_accumulation", hint: "expert.gradient_accumulation_hint" },
  { key: "weight_decay", group: "optimisation", name: "weight_decay", isInteger: false, min: 0, max: 1, fallback: "0.01", label: "expert.weight_decay", hint: "expert.weight_decay_hint" },
  { key: "warmup_ratio", group: "optimisation", name: "warmup_ratio", isInteger: false, min: 0, max: 0.5, fallback: "0.06", label: "expert.warmup_ratio", hint: "expert.warmup_ratio_hint" },
  { key: "label_smoothing", group: "optimisation", name: "label_smoothing", isInteger: false, min: 0, max: 0.49, fallback: "0", label: "expert.label_smoothing", hint: "expert.label_smoothing_hint" },
  { key: "max_grad_norm", group: "optimisation", name: "max_grad_norm", isInteger: false, min: 1e-6, max: 1000, fallback: "1", label: "expert.max_grad_norm", hint: "expert.max_grad_norm_hint" },
  { key: "max_seconds", group: "limits", name: "max_seconds", isInteger: false, min: 1, max: 2_592_000, fallback: "none", label: "expert.max_seconds", hint: "expert.max_seconds_hint" },
  { key: "seed", group: "root", name: "seed", isInteger: true, min: 0, max: BIG, fallback: "0", label: "expert.seed", hint: "expert.seed_hint" },
];

export const SCHEDULES = ["linear", "cosine", "constant"] as const;
export const HEADS = ["auto", "probe", "random"] as const;
/** What may be watched on the validation rows, besides the task's own choice. */
export const WATCHED: Readonly<Record<TaskName, readonly string[]>> = {
  classification: ["accuracy", "macro_f1", "loss"],
  pair_classification: ["accuracy", "macro_f1", "loss"],
  multi_label: ["macro_f1", "micro_f1", "loss"],
  regression: ["spearman", "pearson", "loss"],
  pair_regression: ["spearman", "pearson", "loss"],
  token_classification: ["f1", "precision", "recall", "loss"],
};

export interface JobForm {
  name: string;
  datasetId: string | null;
  versionId: string | null;
  /** Of the dataset; what is sent with the task's settings. */
  task: TaskName;
  baseModel: string | null;
  method: MethodType;
  numbers: Readonly<Record<string, string>>;
  schedule: (typeof SCHEDULES)[number];
  head: (typeof HEADS)[number];
  isStoppedEarly: boolean;
  /** Any metric of the task: a job that is duplicated may watch one that is not on offer. */
  watched: string;
  patience: string;
}

export const EMPTY_FORM: JobForm = {
  name: "",
  datasetId: null,
  versionId: null,
  task: "classification",
  baseModel: null,
  method: "full",
  numbers: {},
  schedule: "linear",
  head: "auto",
  isStoppedEarly: true,
  watched: "auto",
  patience: "2",
};

export type NumberProblem = { kind: "not_a_number" } | { kind: "not_whole" } | { kind: "out_of_range"; min: number; max: number };

/** A decimal as people type it: `2e-5`, `0,1` and full-width digits from a Chinese keyboard all work. */
export function parseNumber(text: string): number | null {
  const normal = text.normalize("NFKC").trim().replace(",", ".");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(normal)) return null;
  return Number(normal);
}

export function checkNumber(field: Pick<NumberField, "isInteger" | "min" | "max">, text: string): NumberProblem | null {
  if (text.trim() === "") return null;
  const value = parseNumber(text);
  if (value === null) return { kind: "not_a_number" };
  if (field.isInteger && !Number.isInteger(value)) return { kind: "not_whole" };
  if (value < field.min || value > field.max) return { kind: "out_of_range", min: field.min, max: field.max };
  return null;
}

export function fieldsFor(method: MethodType): readonly NumberField[] {
  return NUMBER_FIELDS.filter((field) => field.onlyFor === undefined || field.onlyFor === method);
}

export const PATIENCE = { isInteger: true, min: 1, max: 100 } as const;

export function problemsOf(form: JobForm): Record<string, NumberProblem> {
  const problems: Record<string, NumberProblem> = {};
  for (const field of fieldsFor(form.method)) {
    const problem = checkNumber(field, form.numbers[field.key] ?? "");
    if (problem) problems[field.key] = problem;
  }
  const patience = form.isStoppedEarly ? checkNumber(PATIENCE, form.patience) : null;
  if (patience) problems["patience"] = patience;
  return problems;
}

/** How many expert settings differ from what Anneal would choose. */
export function countChanges(form: JobForm): number {
  const numbers = fieldsFor(form.method).filter((field) => (form.numbers[field.key] ?? "").trim() !== "").length;
  const choices = [
    form.schedule !== EMPTY_FORM.schedule,
    form.head !== EMPTY_FORM.head,
    form.isStoppedEarly !== EMPTY_FORM.isStoppedEarly,
    form.isStoppedEarly && form.watched !== EMPTY_FORM.watched,
    form.isStoppedEarly && form.patience.trim() !== EMPTY_FORM.patience,
  ].filter(Boolean).length;
  return numbers + choices;
}

function group(form: JobForm, name: NumberField["group"]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const field of fieldsFor(form.method)) {
    if (field.group !== name) continue;
    const value = parseNumber(form.numbers[field.key] ?? "");
    if (value !== null) values[field.name] = value;
  }
  return values;
}

/** The request: only what was chosen; everything else is left to the server's `auto` and defaults. */
export function jobBody(form: JobForm): JobCreate | null {
  if (form.versionId === null || form.baseModel === null || Object.keys(problemsOf(form)).length > 0) return null;
  const optimisation: Optimisation = group(form, "optimisation");
  if (form.schedule !== EMPTY_FORM.schedule) optimisation.schedule = form.schedule;
  if (form.head !== EMPTY_FORM.head) optimisation.head = form.head;
  if (!form.isStoppedEarly) optimisation.early_stopping = null;
  else if (form.watched !== EMPTY_FORM.watched || form.patience.trim() !== EMPTY_FORM.patience) {
    optimisation.early_stopping = { metric: form.watched, patience: parseNumber(form.patience) ?? Number(EMPTY_FORM.patience) };
  }
  const task = group(form, "task");
  const limits = group(form, "limits");
  const { seed } = group(form, "root");
  return {
    ...(form.name.trim() === "" ? {} : { name: form.name.trim() }),
    dataset_version_id: form.versionId,
    base_model: form.baseModel,
    method: { type: form.method, ...group(form, "method") },
    ...(Object.keys(optimisation).length > 0 ? { optimisation } : {}),
    ...(Object.keys(task).length > 0 ? { task: { type: form.task, ...task } as NonNullable<JobCreate["task"]> } : {}),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(seed === undefined ? {} : { seed }),
  };
}

function member(source: unknown, name: string): unknown {
  return typeof source === "object" && source !== null ? (source as Record<string, unknown>)[name] : undefined;
}

/** The form that would launch this job again, for "duplicate". */
export function formFromJob(job: Job, name: string): JobForm {
  const { spec } = job;
  const numbers: Record<string, string> = {};
  for (const field of NUMBER_FIELDS) {
    const source = field.group === "root" ? spec : spec[field.group];
    const value = member(source, field.name);
    if (typeof value === "number" && String(value) !== field.fallback) numbers[field.key] = String(value);
  }
  const stopping = spec.optimisation.early_stopping;
  return {
    ...EMPTY_FORM,
    name,
    datasetId: job.dataset.id,
    versionId: job.dataset_version.id,
    task: spec.task.type,
    baseModel: job.base_model,
    method: spec.method.type,
    numbers,
    schedule: spec.optimisation.schedule,
    head: spec.optimisation.head,
    isStoppedEarly: stopping !== null,
    watched: stopping?.metric ?? EMPTY_FORM.watched,
    patience: String(stopping?.patience ?? EMPTY_FORM.patience),
  };
}
