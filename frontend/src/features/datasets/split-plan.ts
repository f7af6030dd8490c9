/** How the rows of a dataset's files are to be divided: what the form holds, and what of it is sent. */
import { guessSplitColumn } from "@/features/datasets/guess-split.ts";
import type { Dataset, MappingChoice, SplitMode } from "@/lib/api-types.ts";

const DEFAULT_SHARE = 0.1;

export interface SplitPlan {
  mode: SplitMode;
  /** Of the files; for the modes that look at one. */
  column: string | null;
  seed: number;
  validation: number;
  test: number;
}

type Mapped = Pick<Dataset, "files" | "roles" | "columns" | "mapping">;

export function readsColumn(mode: SplitMode): boolean {
  return mode === "grouped" || mode === "time" || mode === "given";
}

/** Whether the digests that divide rows are drawn anew by another seed. */
export function hasSeed(mode: SplitMode): boolean {
  return mode !== "time" && mode !== "given";
}

/** Labels can be kept in proportion only where a row has one. */
export function splitModes({ roles }: Pick<Dataset, "roles">): SplitMode[] {
  const others: SplitMode[] = ["random", "grouped", "time", "given"];
  return roles.some(({ kind }) => kind === "label") ? ["stratified", ...others] : others;
}

function defaultMode(dataset: Pick<Dataset, "roles">): SplitMode {
  return splitModes(dataset)[0] ?? "random";
}

/** What was decided before, or else what the columns look like. */
export function initialSplit(dataset: Mapped): SplitPlan {
  const { mapping } = dataset;
  const isDecided = mapping?.split_seed !== undefined;
  const found = isDecided ? null : guessSplitColumn("given", dataset.columns);
  return {
    mode: found === null ? (mapping?.split_mode ?? defaultMode(dataset)) : "given",
    column: found ?? mapping?.split_column ?? null,
    seed: mapping?.split_seed ?? 0,
    validation: mapping?.validation_share ?? DEFAULT_SHARE,
    test: mapping?.test_share ?? DEFAULT_SHARE,
  };
}

/** Splits without a file, which rows are taken from the others for. */
export function missingSplits({ files }: Pick<Dataset, "files">): ("validation" | "test")[] {
  return (["validation", "test"] as const).filter((split) => !files.some((file) => file.split === split));
}

/** Whether rows without a split of their own have several to go to. */
export function isDivisible(dataset: Pick<Dataset, "files">): boolean {
  return missingSplits(dataset).length > 0 && dataset.files.some(({ split }) => split === "auto" || split === "train");
}

/** What files that were marked for training lose to each split that has no file. */
export function carved(dataset: Pick<Dataset, "files">, plan: SplitPlan): ("validation" | "test")[] {
  const isMarked = dataset.files.some(({ split }) => split === "train");
  return isMarked && plan.mode !== "given" ? missingSplits(dataset).filter((split) => plan[split] > 0) : [];
}

/** Whether nothing is missing. */
export function isWholeSplit(dataset: Pick<Dataset, "files">, { mode, column }: SplitPlan): boolean {
  return !isDivisible(dataset) || !readsColumn(mode) || column !== null;
}

/** What is sent; what is as the server has it anyway is left out. */
export function splitChoice(dataset: Pick<Dataset, "files" | "roles">, plan: SplitPlan): Partial<MappingChoice> {
  if (!isDivisible(dataset)) return {};
  const missing = plan.mode === "given" ? [] : missingSplits(dataset);
  return {
    ...(missing.includes("validation") ? { validation_share: plan.validation } : {}),
    ...(missing.includes("test") ? { test_share: plan.test } : {}),
    ...(plan.mode === defaultMode(dataset) ? {} : { split_mode: plan.mode }),
    ...(readsColumn(plan.mode) && plan.column !== null ? { split_column: plan.column } : {}),
    ...(hasSeed(plan.mode) && plan.seed !== 0 ? { split_seed: plan.seed } : {}),
  };
}

/** The fields of the form that a refusal may be about. */
export function splitFields(dataset: Pick<Dataset, "files">, { mode }: SplitPlan): string[] {
  if (!isDivisible(dataset)) return [];
  const shares = mode === "given" ? [] : missingSplits(dataset).map((split) => `${split}_share`);
  return ["split_mode", ...shares, ...(readsColumn(mode) ? ["split_column"] : []), ...(hasSeed(mode) ? ["split_seed"] : [])];
}
