import type { NumberField } from "@/features/jobs/expert-settings.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

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

/** What is wrong with a number, in words. */
export function describeProblem(problem: NumberProblem | null, t: Translate): string | null {
  if (problem === null) return null;
  if (problem.kind === "out_of_range") return t("expert.out_of_range", { min: String(problem.min), max: String(problem.max) });
  return t(`expert.${problem.kind}`);
}
