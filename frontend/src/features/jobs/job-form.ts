import {
  CHOICE_FIELDS,
  type ChoiceField,
  fieldsFor,
  hasTargetModules,
  isOf,
  NUMBER_FIELDS,
  type NumberField,
  SWITCH_FIELDS,
  type SwitchField,
} from "@/features/jobs/expert-settings.ts";
import { checkNumber, type NumberProblem, parseNumber } from "@/features/jobs/number-text.ts";
import { isLimitMissing, type LimitKind } from "@/features/jobs/job-limit.ts";
import { joinParts, type LaunchParts, pathsIn } from "@/features/jobs/launch-parts.ts";
import { isSearchRight, NO_SEARCH, searchBody, type SearchForm } from "@/features/jobs/search-form.ts";
import type { JobCreate, MethodType, TaskName } from "@/lib/api-types.ts";
import type { MessageKey } from "@/lib/i18n/translate.ts";

/** What may be watched on the validation rows, besides the task's own choice. */
export const WATCHED: Readonly<Record<TaskName, readonly string[]>> = {
  classification: ["accuracy", "macro_f1", "loss", "refined_loss"],
  pair_classification: ["accuracy", "macro_f1", "loss", "refined_loss"],
  multi_label: ["macro_f1", "micro_f1", "loss", "refined_loss"],
  regression: ["spearman", "pearson", "loss"],
  pair_regression: ["spearman", "pearson", "loss"],
  token_classification: ["f1", "precision", "recall", "loss"],
  question_answering: ["f1", "exact_match", "loss"],
  embedding: ["mrr", "loss"],
  similarity: ["spearman", "pearson", "loss"],
  ranking: ["mrr", "loss"],
  causal_lm: ["loss"],
  masked_lm: ["loss"],
  chat: ["loss"],
  preference: ["reward_accuracy", "loss"],
  translation: ["loss"],
  summarisation: ["loss"],
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
  /** Only what differs from the first option. */
  choices: Readonly<Record<string, string>>;
  /** Keys of what is switched on. */
  switches: readonly string[];
  /** Names of matrices, separated by commas; empty means auto. */
  targetModules: string;
  search: SearchForm;
  /** Which limit was decided on; how much stands with the numbers, or with the search. */
  limit: LimitKind;
  isStoppedEarly: boolean;
  /** Any metric of the task: a job that is duplicated may watch one that is not on offer. */
  watched: string;
  /** Empty means auto. */
  patience: string;
  /** Parts of a launch that no field shows, sent along as they are. */
  beyond: LaunchParts;
}

export const EMPTY_FORM: JobForm = {
  name: "",
  datasetId: null,
  versionId: null,
  task: "classification",
  baseModel: null,
  method: "full",
  numbers: {},
  choices: {},
  switches: [],
  targetModules: "",
  search: NO_SEARCH,
  limit: "none",
  isStoppedEarly: true,
  watched: "auto",
  patience: "",
  beyond: {},
};

export const PATIENCE = { isInteger: true, min: 1, max: 100 } as const;

export function problemsOf(form: JobForm): Record<string, NumberProblem> {
  const problems: Record<string, NumberProblem> = {};
  for (const field of fieldsFor(form)) {
    const problem = checkNumber(field, form.numbers[field.key] ?? "");
    if (problem) problems[field.key] = problem;
  }
  const patience = form.isStoppedEarly ? checkNumber(PATIENCE, form.patience) : null;
  if (patience) problems["patience"] = patience;
  return problems;
}

/** What the first field that is wrong is called; null where all are right. */
export function wrongField(form: JobForm): MessageKey | null {
  if (form.limit !== "none" && isLimitMissing(form)) return `limit.${form.limit}`;
  const [key] = Object.keys(problemsOf(form));
  if (key !== undefined) return NUMBER_FIELDS.find((field) => field.key === key)?.label ?? "expert.patience";
  return isSearchRight(form.search, form) ? null : "search.title";
}

/** How many expert settings differ from what Anneal would choose. */
export function countChanges(form: JobForm): number {
  const isThere = isOf(form);
  const settings = [
    ...fieldsFor(form).map((field) => (form.numbers[field.key] ?? "").trim() !== ""),
    ...CHOICE_FIELDS.filter(isThere).map((field) => form.choices[field.key] !== undefined),
    ...SWITCH_FIELDS.filter(isThere).map((field) => form.switches.includes(field.key)),
    moduleNames(form).length > 0,
    form.search.type !== "none",
    form.isStoppedEarly !== EMPTY_FORM.isStoppedEarly,
    form.isStoppedEarly && form.watched !== EMPTY_FORM.watched,
    form.isStoppedEarly && form.patience.trim() !== EMPTY_FORM.patience,
    ...pathsIn(form.beyond).map(() => true),
  ];
  return settings.filter(Boolean).length;
}

function moduleNames(form: JobForm): string[] {
  if (!hasTargetModules(form.method)) return [];
  return form.targetModules.split(/[,，\s]+/).filter((name) => name !== "");
}

/** What was chosen of one part of the spec, by the names that the spec has. */
function group(form: JobForm, name: NumberField["group"]): Record<string, unknown> {
  const isShown = isOf(form);
  const isHere = (field: NumberField | ChoiceField | SwitchField) => field.group === name && isShown(field);
  const values: Record<string, unknown> = {};
  for (const field of NUMBER_FIELDS.filter(isHere)) {
    const value = parseNumber(form.numbers[field.key] ?? "");
    if (value !== null) values[field.name] = value;
  }
  for (const field of CHOICE_FIELDS.filter(isHere)) {
    const value = form.choices[field.key];
    if (value !== undefined) values[field.name] = value;
  }
  for (const field of SWITCH_FIELDS.filter(isHere)) {
    if (form.switches.includes(field.key)) values[field.name] = true;
  }
  return values;
}

/** The request: only what was chosen; everything else is left to the server's `auto` and defaults. */
export function jobBody(form: JobForm): JobCreate | null {
  if (form.versionId === null || form.baseModel === null || Object.keys(problemsOf(form)).length > 0) return null;
  if (!isSearchRight(form.search, form) || isLimitMissing(form)) return null;
  const optimisation = group(form, "optimisation");
  if (!form.isStoppedEarly) optimisation["early_stopping"] = null;
  else if (form.watched !== EMPTY_FORM.watched || form.patience.trim() !== EMPTY_FORM.patience) {
    optimisation["early_stopping"] = { metric: form.watched, patience: parseNumber(form.patience) ?? "auto" };
  }
  const modules = moduleNames(form);
  const method = { type: form.method, ...group(form, "method"), ...(modules.length > 0 ? { target_modules: modules } : {}) };
  const task = group(form, "task");
  const limits = group(form, "limits");
  const search = searchBody(form.search, form);
  const body = {
    ...(form.name.trim() === "" ? {} : { name: form.name.trim() }),
    dataset_version_id: form.versionId,
    base_model: form.baseModel,
    method,
    ...(search === undefined ? {} : { search }),
    ...(Object.keys(optimisation).length > 0 ? { optimisation } : {}),
    ...(Object.keys(task).length > 0 ? { task: { type: form.task, ...task } as NonNullable<JobCreate["task"]> } : {}),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...group(form, "root"),
  };
  return joinParts(body, form.beyond) as JobCreate;
}
