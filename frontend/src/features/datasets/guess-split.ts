import type { SplitChoice } from "@/lib/api-types.ts";

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
