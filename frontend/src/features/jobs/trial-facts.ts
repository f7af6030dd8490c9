import { CHOICE_FIELDS, learningOf, settingAt } from "@/features/jobs/expert-settings.ts";
import type { Job, Trial } from "@/lib/api-types.ts";
import type { I18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";
import type { Point } from "@/lib/series.ts";

export type SettingValue = Trial["settings"][string];

/** What the values of trials are of, and how one is written. The server turns them so that higher is better; here they are turned back. */
export interface TrialValue {
  label: string;
  /** Whether it is known which metric they are of: a task may choose it by itself, and tells at the end. */
  isNamed: boolean;
  text: (value: number) => string;
}

export function valueOfTrials({ search, spec }: Pick<Job, "search" | "spec">, i18n: I18n): TrialValue {
  const watched = spec.optimisation.early_stopping?.metric ?? "auto";
  const name = search?.metric ?? (watched === "auto" ? null : watched);
  if (name === null) return { label: i18n.t("trials.score"), isNamed: false, text: i18n.format.significant };
  const metric = describeMetric(name, i18n);
  const isTurned = search?.is_lower_better ?? metric.isLowerBetter;
  return { label: metric.label, isNamed: true, text: (value) => metric.value(isTurned ? -value : value) };
}

/** The settings that a search varies, in the order of the spec. */
export function variedSettings({ spec }: Pick<Job, "spec">): string[] {
  return spec.search.type === "none" ? [] : Object.keys(spec.search.space);
}

export function settingLabel(path: string, { spec }: Pick<Job, "spec">, { t }: Pick<I18n, "t">): string {
  const field = settingAt(path, learningOf(spec));
  return field === null ? path : t(field.label);
}

/** A value of a setting in words. */
export function settingText(path: string, value: SettingValue | undefined, job: Pick<Job, "spec">, i18n: Pick<I18n, "t" | "format">): string {
  if (typeof value !== "string") return plainText(value, i18n);
  const field = settingAt(path, learningOf(job.spec));
  const words = CHOICE_FIELDS.find((entry) => entry === field)?.options.find(([name]) => name === value)?.[1];
  return words == null ? value : i18n.t(words);
}

/** A value of any setting as it stands in the spec; numbers and yes or no as they are read. */
export function plainText(value: SettingValue | undefined, { t, format }: Pick<I18n, "t" | "format">): string {
  if (typeof value === "number") return format.significant(value);
  if (typeof value === "boolean") return t(value ? "state.yes" : "state.no");
  return value ?? "–";
}

/** Whether orders of magnitude matter: said by the search, or seen in what it tries. */
export function isLogSetting(path: string, { spec }: Pick<Job, "spec">, values: readonly unknown[]): boolean {
  const part = spec.search.type === "none" ? undefined : spec.search.space[path];
  return part?.type === "range" ? part.is_log : isLogRange(values);
}

/** Whether numbers above zero lie so far apart that their orders of magnitude tell more. */
export function isLogRange(values: readonly unknown[]): boolean {
  const numbers = values.filter((value) => typeof value === "number");
  return numbers.length > 0 && Math.min(...numbers) > 0 && Math.max(...numbers) / Math.min(...numbers) >= 20;
}

type Curves = Readonly<Record<string, readonly Point[]>>;

/** The name of a curve of a trial: its number, and the name that a single run has for it. */
export const OF_TRIAL = /^trial-(\d+)\/(.+)$/;

/** Trials that have curves, the newest first. */
export function trialsWithCurves(curves: Curves): number[] {
  const numbers = Object.keys(curves).flatMap((name) => OF_TRIAL.exec(name)?.[1] ?? []);
  return [...new Set(numbers)].map(Number).sort((a, b) => b - a);
}

/** What the names of a trial's curves begin with. */
export function prefixOfTrial(number: number): string {
  return `trial-${number}/`;
}

/** The curves of one trial under the names that those of a single run have. */
export function curvesOfTrial(curves: Curves, number: number): Curves {
  return Object.fromEntries(
    Object.entries(curves).flatMap(([name, points]) => {
      const match = OF_TRIAL.exec(name);
      return match?.[2] !== undefined && Number(match[1]) === number ? [[match[2], points]] : [];
    }),
  );
}
