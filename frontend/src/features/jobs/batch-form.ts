import { NUMBER_FIELDS } from "@/features/jobs/expert-settings.ts";
import { type JobForm, jobBody } from "@/features/jobs/job-form.ts";
import { choiceOf, searchAround } from "@/features/jobs/launch-choices.ts";
import { limitOf, withLimit } from "@/features/jobs/job-limit.ts";
import { checkNumber, type NumberProblem, parseNumber } from "@/features/jobs/number-text.ts";
import { listOf } from "@/features/jobs/search-form.ts";
import type { BaseModel, JobCreate, MethodType } from "@/lib/api-types.ts";

/** What several jobs differ in. Nothing chosen on an axis: all of them have what the form says. */
export interface BatchAxes {
  baseModels: readonly string[];
  methods: readonly MethodType[];
  versionIds: readonly string[];
  /** Whole numbers separated by commas. */
  seeds: string;
}

export const NO_AXES: BatchAxes = { baseModels: [], methods: [], versionIds: [], seeds: "" };
/** More combinations than this nobody reads; the comparison, where they are looked at in the end, holds them all. */
export const MOST_COMBINATIONS = 24;

export interface BatchRow {
  /** Names the combination, so that a row that was taken out stays out while others come. */
  key: string;
  /** What sets it apart from the others. */
  title: string;
  /** Null for what cannot be: this base model does not have this method, or a setting is wrong for it. */
  body: JobCreate | null;
}

const SEED = NUMBER_FIELDS.find(({ key }) => key === "seed");

/** What is wrong with the first seed that is wrong. */
export function seedProblem(seeds: string): NumberProblem | null {
  if (SEED === undefined) return null;
  return listOf(seeds).map((seed) => checkNumber(SEED, seed)).find((problem) => problem !== null) ?? null;
}

/** Each number once, however it is written. */
function seedsOf(seeds: string): string[] {
  return [...new Set(listOf(seeds).map((seed) => String(parseNumber(seed) ?? seed)))];
}

function orElse<T>(chosen: readonly T[], own: T): readonly T[] {
  return chosen.length > 0 ? chosen : [own];
}

/** How many jobs the axes make, before any is taken out. */
export function countCombinations({ baseModels, methods, versionIds, seeds }: BatchAxes): number {
  return [baseModels, methods, versionIds, seedsOf(seeds)].reduce((product, { length }) => product * Math.max(1, length), 1);
}

export interface Named {
  /** What stands after the differences: the name that was typed, else the dataset's. */
  title: string;
  versionNumber: (id: string) => number | null;
  methodName: (method: MethodType) => string;
  seedName: (seed: string) => string;
}

/** A row for every combination; none while a seed is wrong or there are too many. */
export function batchRows(form: JobForm, axes: BatchAxes, models: readonly BaseModel[], named: Named): BatchRow[] {
  if (form.baseModel === null || form.versionId === null || seedProblem(axes.seeds) !== null || countCombinations(axes) > MOST_COMBINATIONS) return [];
  const isSearchUsual = choiceOf(form, models) === "thorough";
  const rows: BatchRow[] = [];
  for (const versionId of orElse(axes.versionIds, form.versionId)) {
    for (const baseModel of orElse(axes.baseModels, form.baseModel)) {
      for (const method of orElse(axes.methods, form.method)) {
        for (const seed of orElse(seedsOf(axes.seeds), form.numbers["seed"] ?? "")) {
          const model = models.find(({ slug }) => slug === baseModel);
          const varied: JobForm = { ...form, versionId, baseModel, method, numbers: { ...form.numbers, seed } };
          // The rates of a search around the usual one are others for another method or size.
          const whole = isSearchUsual && model !== undefined ? withLimit({ ...varied, search: searchAround(form.task, model, method) }, limitOf(form)) : varied;
          const differences = [
            ...(axes.baseModels.length > 1 ? [model?.name ?? baseModel] : []),
            ...(axes.methods.length > 1 ? [named.methodName(method)] : []),
            ...(axes.versionIds.length > 1 ? [`v${String(named.versionNumber(versionId) ?? "?")}`] : []),
            ...(seedsOf(axes.seeds).length > 1 ? [named.seedName(seed)] : []),
          ];
          const isPossible = model?.tasks.includes(form.task) === true && model.methods.includes(method);
          rows.push({
            key: [versionId, baseModel, method, seed].join(" "),
            title: differences.join(" · "),
            body: isPossible ? jobBody({ ...whole, name: batchName(named.title, differences) }) : null,
          });
        }
      }
    }
  }
  return rows;
}

const MOST_CHARACTERS = 200;

/** What sets a job apart comes first, where a narrow column still shows it. */
function batchName(title: string, differences: readonly string[]): string {
  return [...differences, title].join(" · ").slice(0, MOST_CHARACTERS).trim();
}

export interface Total {
  low: number;
  high: number;
}

/** Of all rows together; null until every one of them is known. */
export function totalOf(ranges: readonly (Total | null | undefined)[]): Total | null {
  if (ranges.length === 0) return null;
  return ranges.reduce<Total | null>((sum, range) => (sum === null || range == null ? null : { low: sum.low + range.low, high: sum.high + range.high }), { low: 0, high: 0 });
}
