import { OF_PAIRS } from "@/features/jobs/expert-settings.ts";
import { EMPTY_FORM, type JobForm, jobBody } from "@/features/jobs/job-form.ts";
import { limitOf, withLimit } from "@/features/jobs/job-limit.ts";
import { NO_SEARCH, rowFor, searchable, type SearchForm } from "@/features/jobs/search-form.ts";
import type { BaseModel, MethodType, TaskName } from "@/lib/api-types.ts";

/** How good, how fast, how cheap: three answers, each a whole set of settings. */
export const CHOICES = ["quick", "balanced", "thorough"] as const;
export type Choice = (typeof CHOICES)[number];

/** What a choice sets. Name, data and limit are decisions of their own. */
export type ChoiceSettings = Omit<JobForm, "name" | "datasetId" | "versionId" | "task" | "limit">;

/**
 * Tasks whose output layer, solved on the untouched base model, answers well by itself: banking77 gets 93 % of the test rows right so,
 * 94.1 % after training as well (benchmarks/RESULTS.md). Where texts are compared or words are marked the base has to move.
 */
const SOLVED: ReadonlySet<TaskName> = new Set(["classification", "multi_label", "regression"]);
const NEIGHBOUR = 3;

function isEncoder({ tasks }: BaseModel): boolean {
  return tasks.includes("masked_lm");
}

/** Base models for a task. Where something is written from a source, those that could before; an encoder only where there is no other. */
export function fittingModels(task: TaskName, models: readonly BaseModel[]): BaseModel[] {
  const able = models.filter(({ tasks }) => tasks.includes(task));
  const writers = able.filter((model) => !isEncoder(model));
  return (task === "translation" || task === "summarisation") && writers.length > 0 ? writers : able;
}

/** What `auto` becomes, a third of it and three times it: what validation says is best is delivered. */
export function searchAround(task: TaskName, model: BaseModel, method: MethodType): SearchForm {
  const field = searchable({ method, task }).find(({ key }) => key === "learning_rate");
  const usual = model.usual_rates[task];
  if (field === undefined || usual === undefined) return NO_SEARCH;
  const rate = usual * (model.rate_factors[method === "auto" ? methodBySize(model) : method] ?? 1);
  const values = ["auto", ...[rate / NEIGHBOUR, rate * NEIGHBOUR].map((value) => Number(Math.min(1, value).toPrecision(1)).toExponential())];
  return { ...NO_SEARCH, type: "grid", space: [{ ...rowFor(field), values: values.join(", ") }] };
}

function methodBySize({ is_large: isLarge, methods }: BaseModel): MethodType {
  return isLarge && methods.includes("lora") ? "lora" : EMPTY_FORM.method;
}

/** What a choice means for this task with these base models; null where none of them can learn it. */
export function settingsOf(choice: Choice, task: TaskName, models: readonly BaseModel[]): ChoiceSettings | null {
  const bySize = fittingModels(task, models).toSorted((a, b) => a.num_parameters - b.num_parameters);
  const model = { quick: bySize[0], balanced: bySize[Math.floor((bySize.length - 1) / 2)], thorough: bySize.at(-1) }[choice];
  if (model === undefined) return null;
  const method = methodBySize(model);
  const usual = { ...settingsIn(EMPTY_FORM), baseModel: model.slug, method };
  if (choice === "balanced") return usual;
  if (choice === "thorough") return { ...usual, search: searchAround(task, model, method) };
  const isSolved = SOLVED.has(task) && model.methods.includes("last_layers");
  // One pass, and each step reads its rows once.
  const once = { epochs: "1", r_drop: "0", ...(OF_PAIRS.includes(task) && { similarity_epochs: "0" }) };
  return isSolved ? { ...usual, method: "last_layers", numbers: { ...once, learning_layers: "0" } } : { ...usual, numbers: once };
}

/** What of a form a choice would replace. */
export function settingsIn(form: JobForm): ChoiceSettings {
  const { baseModel, method, numbers, choices, switches, targetModules, search, isStoppedEarly, watched, patience, beyond } = form;
  return { baseModel, method, numbers, choices, switches, targetModules, search, isStoppedEarly, watched, patience, beyond };
}

/** The form with everything that a choice sets; its limit goes on holding. */
export function withChoice(form: JobForm, settings: ChoiceSettings): JobForm {
  return withLimit({ ...form, ...settings }, limitOf(form));
}

/** The choice that this form is; null for settings of one's own. */
export function choiceOf(form: JobForm, models: readonly BaseModel[]): Choice | null {
  const asked = sameness(form);
  if (asked === null) return null;
  const isSame = (choice: Choice) => {
    const settings = settingsOf(choice, form.task, models);
    return settings !== null && sameness({ ...form, ...settings }) === asked;
  };
  // With one base model and one pass by rule two choices may come to the same: the middle one is what it is called then.
  return (["balanced", "quick", "thorough"] as const).find(isSame) ?? null;
}

/** What is compared: the request without what the other decisions say. Null while a setting is wrong. */
function sameness(form: JobForm): string | null {
  const free = withLimit({ ...form, name: "", versionId: form.versionId ?? "-" }, { kind: "none", amount: "" });
  const body = jobBody(free);
  return body === null ? null : JSON.stringify(body);
}
