import { CHOICE_FIELDS, fieldsFor, hasTargetModules, isOf, METHODS, SWITCH_FIELDS, valueIn } from "@/features/jobs/expert-settings.ts";
import { EMPTY_FORM, type JobForm, jobBody } from "@/features/jobs/job-form.ts";
import { kindIn } from "@/features/jobs/job-limit.ts";
import { isParts, type LaunchParts, partsBeyond } from "@/features/jobs/launch-parts.ts";
import { NO_SEARCH, searchFromSpec } from "@/features/jobs/search-form.ts";
import { orderOf, type SpecSchema } from "@/features/jobs/spec-schema.ts";
import type { Job, JobCreate, JobSpec } from "@/lib/api-types.ts";

/** What comes first in a launch, where the schema is not here yet. */
const USUAL_ORDER = ["name", "dataset_version_id", "base_model", "method", "task", "search", "augmentation", "optimisation", "checkpointing", "limits", "seed"];

/** A launch as text, its parts in the order of the schema. */
export function specText(body: JobCreate | LaunchParts, schema: SpecSchema | null): string {
  const order = schema === null ? USUAL_ORDER : orderOf(schema);
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return JSON.stringify(Object.fromEntries(Object.entries(body).sort(([a], [b]) => place(a) - place(b))), null, 2);
}

/** The form that would launch this job again, for "duplicate". */
export function formFromJob({ launch, dataset, spec }: Job, name: string): JobForm {
  return formFromBody({ ...launch, name }, { ...EMPTY_FORM, datasetId: dataset.id, task: spec.task.type }, null);
}

/** The form that shows a launch as far as it can, and keeps what belongs to no field of it. */
export function formFromBody(body: unknown, form: JobForm, schema: SpecSchema | null): JobForm {
  if (!isParts(body)) return form;
  const shown = fieldsOf(body, form);
  return { ...shown, beyond: partsBeyond(body, jobBody(shown) ?? body, schema) };
}

function fieldsOf(body: LaunchParts, form: JobForm): JobForm {
  const method = METHODS.find((known) => isParts(body["method"]) && body["method"]["type"] === known) ?? "full";
  // Read by name and checked by type below, whatever somebody has typed.
  const spec = body as unknown as JobSpec;
  const learning = { method, task: form.task };
  const isShown = isOf(learning);
  const stopping = isParts(body["optimisation"]) ? body["optimisation"]["early_stopping"] : undefined;
  const modules = isParts(body["method"]) ? body["method"]["target_modules"] : undefined;
  const text = (value: unknown, otherwise: string) => (typeof value === "string" || typeof value === "number" ? String(value) : otherwise);
  const search = searchOf(body);
  const numbers = Object.fromEntries(
    fieldsFor(learning).flatMap((field) => {
      const value = valueIn(spec, field);
      return typeof value === "number" && String(value) !== field.fallback ? [[field.key, String(value)]] : [];
    }),
  );
  return {
    ...EMPTY_FORM,
    name: text(body["name"], ""),
    datasetId: form.datasetId,
    versionId: text(body["dataset_version_id"], form.versionId ?? "") || null,
    task: form.task,
    baseModel: text(body["base_model"], form.baseModel ?? "") || null,
    method,
    numbers,
    choices: Object.fromEntries(
      CHOICE_FIELDS.filter(isShown).flatMap((field) => {
        const value = valueIn(spec, field);
        return field.options.slice(1).some(([option]) => option === value) ? [[field.key, String(value)]] : [];
      }),
    ),
    switches: SWITCH_FIELDS.filter((field) => isShown(field) && valueIn(spec, field) === true).map((field) => field.key),
    targetModules: hasTargetModules(method) && Array.isArray(modules) ? modules.map(String).join(", ") : "",
    search,
    limit: kindIn({ numbers, search }),
    isStoppedEarly: stopping !== null,
    watched: isParts(stopping) ? text(stopping["metric"], EMPTY_FORM.watched) : EMPTY_FORM.watched,
    patience: isParts(stopping) && stopping["patience"] !== "auto" ? text(stopping["patience"], EMPTY_FORM.patience) : EMPTY_FORM.patience,
  };
}

function searchOf(body: LaunchParts): JobForm["search"] {
  const { search } = body;
  if (!isParts(search) || !isParts(search["space"])) return NO_SEARCH;
  const whole = { num_trials: "", pruner: NO_SEARCH.pruner, max_seconds: null, max_cost: null, side_by_side: 1, ...search };
  try {
    return searchFromSpec({ search: whole } as unknown as JobSpec);
  } catch {
    return NO_SEARCH; // A space that is no space; its path is among those that are lost.
  }
}
