import type { DatasetColumn, SplitChoice, SplitMode } from "@/lib/api-types.ts";

const PATTERNS: [RegExp, SplitChoice][] = [
  [/(^|[^a-z])(valid(ation)?|val|dev)([^a-z]|$)/, "validation"],
  [/(^|[^a-z])(test|eval|holdout)([^a-z]|$)/, "test"],
  [/(^|[^a-z])(train(ing)?)([^a-z]|$)/, "train"],
];

/** Which split a file is meant for, judged by its name; `auto` lets the server divide it. */
export function guessSplit(filename: string): SplitChoice {
  const name = filename.toLowerCase();
  return PATTERNS.find(([pattern]) => pattern.test(name))?.[1] ?? "auto";
}

/** What the server takes for the name of a split in a cell. */
const SPELLINGS =
  /^(train|training|trn|训练|训练集|validation|valid|val|dev|development|验证|验证集|开发集|test|testing|tst|测试|测试集)$/;

const NAMES: Readonly<Partial<Record<SplitMode, RegExp>>> = {
  grouped: /(^|[^a-z])(users?|customers?|clients?|authors?|accounts?|patients?|groups?|sessions?|conversations?|threads?|documents?|docs?)([^a-z]|$)|用户|客户|会话/,
  time: /(^|[^a-z])(time|timestamp|dates?|created|updated|year)([^a-z]|$)|时间|日期/,
  given: /(^|[^a-z])(split|subset|partition|fold|set)([^a-z]|$)|划分/,
};

type Seen = Pick<DatasetColumn, "name" | "sample" | "num_distinct" | "num_empty">;

/** The column by which a mode probably divides; null where none looks like it, or the mode looks at none. */
export function guessSplitColumn(mode: SplitMode, columns: readonly Seen[]): string | null {
  const isNamed = ({ name }: Seen) => NAMES[mode]?.test(name.toLowerCase()) === true;
  if (mode !== "given") return columns.find(isNamed)?.name ?? null;
  // Files are often in the order of their splits, so that the first rows know only one of them.
  const isSplit = (column: Seen) =>
    column.num_empty === 0 && column.sample.length > 0 && column.sample.every((value) => SPELLINGS.test(value.trim().toLowerCase())) && (column.num_distinct > 1 || isNamed(column));
  return columns.find(isSplit)?.name ?? null;
}
