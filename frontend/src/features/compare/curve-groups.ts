import { comparedMethods } from "@/features/compare/compared-methods.ts";
import { groupName } from "@/features/jobs/group-name.ts";
import type { ComparedJob, JobsComparison } from "@/lib/api-types.ts";
import type { I18n } from "@/lib/i18n/i18n-context.ts";

/** What curves are drawn together by; "search": the trials of each search. */
export const CURVE_GROUPINGS = ["dataset", "base_model", "method", "tag", "batch", "search"] as const;
export type CurveGrouping = (typeof CURVE_GROUPINGS)[number];

export function curveGroupingOf(value: string | null): CurveGrouping | null {
  return CURVE_GROUPINGS.find((name) => name === value) ?? null;
}

export interface CurveGroup {
  key: string;
  name: string;
  ids: readonly string[];
}

/** In the order in which the first job of each comes. A job with several tags is in the group of each; one that was launched alone is its own. */
export function curveGroups(by: CurveGrouping, comparison: JobsComparison, i18n: I18n): CurveGroup[] {
  const groups = new Map<string, { name: string; ids: string[] }>();
  const methods = comparedMethods(comparison, i18n);
  for (const job of comparison.jobs) {
    for (const [key, name] of keysOf(by, job, methods, i18n)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { name, ids: [job.id] });
      else group.ids.push(job.id);
    }
  }
  return [...groups].map(([key, group]) => ({ key, ...group }));
}

function keysOf(by: CurveGrouping, job: ComparedJob, methods: ReadonlyMap<string, string>, i18n: I18n): (readonly [key: string, name: string])[] {
  switch (by) {
    case "search":
      return [[job.id, job.name]];
    case "batch":
      return [job.batch_id === null ? [job.id, job.name] : [job.batch_id, i18n.t("compare.batch_with", { name: job.name })]];
    case "tag":
      return (job.tags.length === 0 ? [""] : job.tags).map((tag) => [tag, groupName(by, { value: tag, name: tag }, i18n)]);
    case "dataset":
      return [[job.dataset.id, job.dataset.name]];
    case "base_model":
      return [[job.base_model, job.base_model]];
    case "method": {
      const name = methods.get(job.id) ?? job.method;
      return [[name, name]];
    }
  }
}
