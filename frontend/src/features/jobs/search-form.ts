import { CHOICE_FIELDS, type ChoiceField, fieldsFor, isOf, type Learning, NUMBER_FIELDS, type NumberField, pathOf } from "@/features/jobs/expert-settings.ts";
import { checkNumber, type NumberProblem, parseNumber } from "@/features/jobs/number-text.ts";
import type { JobCreate, JobSpec } from "@/lib/api-types.ts";

export const SEARCHES = ["none", "grid", "random", "optuna"] as const satisfies readonly JobSpec["search"]["type"][];
export const PRUNERS = ["asha", "hyperband", "none"] as const;
export type SearchType = (typeof SEARCHES)[number];

/** One setting that is varied, as it is typed. */
export interface SpaceRow {
  path: string;
  isRange: boolean;
  /** Values separated by commas. */
  values: string;
  low: string;
  high: string;
  isLog: boolean;
}

export interface SearchForm {
  type: SearchType;
  space: readonly SpaceRow[];
  numTrials: string;
  pruner: (typeof PRUNERS)[number];
  maxSeconds: string;
  maxCost: string;
  sideBySide: string;
}

export const NO_SEARCH: SearchForm = { type: "none", space: [], numTrials: "", pruner: "asha", maxSeconds: "", maxCost: "", sideBySide: "" };
export const NUM_TRIALS = { isInteger: true, min: 1, max: 1000 } as const;
export const MAX_SECONDS = { isInteger: false, min: 1, max: 2_592_000 } as const;
export const SIDE_BY_SIDE = { isInteger: true, min: 1, max: 16 } as const;
export const MAX_COST = { isInteger: false, min: 0.01, max: 1e9 } as const;
/** What the server takes when nothing is said. */
export const USUAL_TRIALS: Readonly<Partial<Record<SearchType, string>>> = { random: "20", optuna: "30" };

export type RowProblem = NumberProblem | { kind: "empty" } | { kind: "not_rising" } | { kind: "not_above_zero" };
export type SpaceField = NumberField | ChoiceField;

/** Settings that a search may vary. */
export function searchable(learning: Learning): readonly SpaceField[] {
  return [...fieldsFor(learning).filter(({ group }) => group !== "limits"), ...CHOICE_FIELDS.filter(isOf(learning))];
}

export function isNumber(field: SpaceField): field is NumberField {
  return NUMBER_FIELDS.some((entry) => entry === field);
}

/** A row for this setting with a proposal in it. */
export function rowFor(field: SpaceField): SpaceRow {
  const isRate = field.key === "learning_rate";
  return {
    path: pathOf(field),
    isRange: false,
    values: isRate ? "1e-5, 3e-5, 1e-4" : isNumber(field) ? "" : field.options.map(([value]) => value).join(", "),
    low: isRate ? "1e-5" : "",
    high: isRate ? "1e-3" : "",
    isLog: isRate,
  };
}

/** The rows that count: those whose setting there is. */
export function rowsOf(search: SearchForm, learning: Learning): { row: SpaceRow; field: SpaceField }[] {
  const fields = searchable(learning);
  return search.space.flatMap((row) => {
    const field = fields.find((entry) => pathOf(entry) === row.path);
    return field === undefined ? [] : [{ row, field }];
  });
}

/** A list of values as people type it. A comma is a separator here, never a decimal point. */
export function listOf(text: string): string[] {
  return [...new Set(text.split(/[,，;；、\s]+/).filter((part) => part !== ""))];
}

/** A grid tries what is listed; the other searches may draw between two ends. */
export function isRangeIn(search: SearchForm, { row, field }: { row: SpaceRow; field: SpaceField }): boolean {
  return row.isRange && search.type !== "grid" && isNumber(field);
}

export function rowProblem(search: SearchForm, entry: { row: SpaceRow; field: SpaceField }): RowProblem | null {
  const { row, field } = entry;
  if (isRangeIn(search, entry) && isNumber(field)) {
    const ends = [row.low, row.high];
    if (ends.some((end) => end.trim() === "")) return { kind: "empty" };
    const problem = ends.map((end) => checkNumber(field, end)).find((found) => found !== null);
    if (problem) return problem;
    const [low = 0, high = 0] = ends.map((end) => parseNumber(end) ?? 0);
    if (low >= high) return { kind: "not_rising" };
    return row.isLog && low <= 0 ? { kind: "not_above_zero" } : null;
  }
  const values = listOf(row.values);
  if (values.length === 0) return { kind: "empty" };
  if (!isNumber(field)) return null;
  return values.filter((value) => !isWord(field, value)).map((value) => checkNumber(field, value)).find((found) => found !== null) ?? null;
}

/** `auto` may be one of the values where it is what is taken otherwise. */
function isWord(field: NumberField, value: string): boolean {
  return value === field.fallback && (value === "auto" || value === "all");
}

/** How many trials it will be: of a grid all combinations, of the others what was said. */
export function plannedTrials(search: SearchForm, learning: Learning): number {
  if (search.type === "grid") return rowsOf(search, learning).reduce((product, { row }) => product * listOf(row.values).length, 1);
  return parseNumber(search.numTrials) ?? Number(USUAL_TRIALS[search.type] ?? 1);
}

/** How many trials run at once. */
export function trialsAtOnce(search: SearchForm): number {
  return parseNumber(search.sideBySide) ?? 1;
}

/** Whether the form says a search that the server would take. */
export function isSearchRight(search: SearchForm, learning: Learning): boolean {
  if (search.type === "none") return true;
  const rows = rowsOf(search, learning);
  const numbers = [checkNumber(MAX_SECONDS, search.maxSeconds), checkNumber(MAX_COST, search.maxCost), checkNumber(SIDE_BY_SIDE, search.sideBySide), ...(search.type === "grid" ? [] : [checkNumber(NUM_TRIALS, search.numTrials)])];
  return rows.length > 0 && rows.every((entry) => rowProblem(search, entry) === null) && numbers.every((problem) => problem === null) && plannedTrials(search, learning) <= NUM_TRIALS.max;
}

/** The search of a request; undefined for a job that searches nothing. */
export function searchBody(search: SearchForm, learning: Learning): JobCreate["search"] | undefined {
  if (search.type === "none") return undefined;
  const space = Object.fromEntries(rowsOf(search, learning).map((entry) => [entry.row.path, partOf(search, entry)]));
  const maxSeconds = parseNumber(search.maxSeconds);
  const maxCost = parseNumber(search.maxCost);
  const sideBySide = parseNumber(search.sideBySide);
  const numTrials = parseNumber(search.numTrials);
  return {
    type: search.type,
    space,
    ...(search.type !== "grid" && numTrials !== null ? { num_trials: numTrials } : {}),
    ...(search.type === "optuna" && search.pruner !== NO_SEARCH.pruner ? { pruner: search.pruner } : {}),
    ...(maxSeconds === null ? {} : { max_seconds: maxSeconds }),
    ...(maxCost === null ? {} : { max_cost: maxCost }),
    ...(sideBySide === null ? {} : { side_by_side: sideBySide }),
  } as JobCreate["search"];
}

function partOf(search: SearchForm, entry: { row: SpaceRow; field: SpaceField }) {
  const { row, field } = entry;
  if (isRangeIn(search, entry) && isNumber(field)) {
    return {
      type: "range",
      low: parseNumber(row.low),
      high: parseNumber(row.high),
      ...(row.isLog ? { is_log: true } : {}),
      ...(field.isInteger ? { is_integer: true } : {}),
    };
  }
  return { type: "choices", values: listOf(row.values).map((value) => (isNumber(field) && !isWord(field, value) ? parseNumber(value) : value)) };
}

/** The form that would search like this spec. */
export function searchFromSpec({ search }: JobSpec): SearchForm {
  if (search.type === "none") return NO_SEARCH;
  const space = Object.entries(search.space).map(([path, part]): SpaceRow =>
    part.type === "range"
      ? { path, isRange: true, values: "", low: String(part.low), high: String(part.high), isLog: part.is_log }
      : { path, isRange: false, values: part.values.map(String).join(", "), low: "", high: "", isLog: false },
  );
  return {
    type: search.type,
    space,
    numTrials: search.type === "grid" ? "" : String(search.num_trials),
    pruner: search.type === "optuna" ? search.pruner : NO_SEARCH.pruner,
    maxSeconds: search.max_seconds === null ? "" : String(search.max_seconds),
    maxCost: search.max_cost === null ? "" : String(search.max_cost),
    sideBySide: search.side_by_side === 1 ? "" : String(search.side_by_side),
  };
}
