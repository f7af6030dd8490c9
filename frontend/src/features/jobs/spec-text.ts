import { CHOICE_FIELDS, fieldsFor, hasTargetModules, isOf, METHODS, SWITCH_FIELDS, valueIn } from "@/features/jobs/expert-settings.ts";
import { EMPTY_FORM, type JobForm, jobBody } from "@/features/jobs/job-form.ts";
import { kindIn } from "@/features/jobs/job-limit.ts";
import { NO_SEARCH, searchFromSpec } from "@/features/jobs/search-form.ts";
import { defaultAt, orderOf, type SpecSchema } from "@/features/jobs/spec-schema.ts";
import type { JobCreate, JobSpec } from "@/lib/api-types.ts";
import type { Path } from "@/lib/json-text.ts";

/** What comes first in a launch, where the schema is not here yet. */
const USUAL_ORDER = ["name", "dataset_version_id", "base_model", "method", "task", "search", "augmentation", "optimisation", "checkpointing", "limits", "seed"];

type Parts = Record<string, unknown>;

function isParts(value: unknown): value is Parts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A launch as text, its parts in the order of the schema. */
export function specText(body: JobCreate | Parts, schema: SpecSchema | null): string {
  const order = schema === null ? USUAL_ORDER : orderOf(schema);
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return JSON.stringify(Object.fromEntries(Object.entries(body).sort(([a], [b]) => place(a) - place(b))), null, 2);
}

/** The form that shows a launch as far as it can. What belongs to no field of it is left out. */
export function formFromBody(body: unknown, form: JobForm): JobForm {
  if (!isParts(body)) return form;
  const method = METHODS.find((known) => isParts(body["method"]) && body["method"]["type"] === known) ?? "full";
  // Read by name and checked by type below, whatever somebody has typed.
  const spec = body as unknown as JobSpec;
  const isShown = isOf(method);
  const stopping = isParts(body["optimisation"]) ? body["optimisation"]["early_stopping"] : undefined;
  const modules = isParts(body["method"]) ? body["method"]["target_modules"] : undefined;
  const text = (value: unknown, otherwise: string) => (typeof value === "string" || typeof value === "number" ? String(value) : otherwise);
  const search = searchOf(body);
  const numbers = Object.fromEntries(
    fieldsFor(method).flatMap((field) => {
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
    patience: isParts(stopping) ? text(stopping["patience"], EMPTY_FORM.patience) : EMPTY_FORM.patience,
  };
}

function searchOf(body: Parts): JobForm["search"] {
  const { search } = body;
  if (!isParts(search) || !isParts(search["space"])) return NO_SEARCH;
  const whole = { num_trials: "", pruner: NO_SEARCH.pruner, max_seconds: null, max_cost: null, side_by_side: 1, ...search };
  try {
    return searchFromSpec({ search: whole } as unknown as JobSpec);
  } catch {
    return NO_SEARCH; // A space that is no space; its path is among those that are lost.
  }
}

/** Paths of a launch whose values the form would not send again. Values that are the defaults anyway are not missed. */
export function lostPaths(body: unknown, form: JobForm, schema: SpecSchema | null): string[] {
  const again = jobBody(form);
  const lost: string[] = [];
  const compare = (before: unknown, after: unknown, path: Path, kinds: Map<string, string>) => {
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    const usual = schema === null ? undefined : defaultAt(schema, path, kinds);
    if (after === undefined && (before === null || (usual !== undefined && JSON.stringify(usual) === JSON.stringify(before)))) return;
    if (!isParts(before) || (after === undefined && Object.keys(before).length > 0 && schema === null)) {
      lost.push(path.join("."));
      return;
    }
    const kind = before["type"];
    const inside = typeof kind === "string" ? new Map([...kinds, [path.join("."), kind]]) : kinds;
    for (const [name, value] of Object.entries(before)) {
      if (name === "type" && path.length > 0 && after === undefined) continue;
      compare(value, isParts(after) ? after[name] : undefined, [...path, name], inside);
    }
  };
  compare(body, again ?? {}, [], new Map());
  return lost;
}
