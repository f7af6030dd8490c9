import { METHODS } from "@/features/jobs/expert-settings.ts";
import type { Grouping } from "@/features/jobs/job-filter.ts";
import type { JobGroup } from "@/lib/api-types.ts";
import type { I18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { ACTIVE, TERMINAL } from "@/lib/job-states.ts";
import { taskName } from "@/lib/tasks.ts";

/** What a group is called in the language of the page. */
export function groupName(by: Grouping, { value, name }: Pick<JobGroup, "value" | "name">, { t, format }: I18n): string {
  if (by === "tag" && value === "") return t("groups.untagged");
  if (by === "task") return taskName(value, t);
  if (by === "method") return methodName(value, t);
  if (by === "state") return stateName(value, t);
  if (by === "batch") return name === "" ? t("groups.batch") : t("groups.batch_of", { at: format.dateTime(name) });
  return by === "week" ? t("groups.week", { day: format.date(`${value}T12:00:00Z`) }) : name;
}

/** What a method is called; one that this page does not know yet keeps the server's name. */
export function methodName(value: string, t: Translate): string {
  const method = METHODS.find((known) => known === value);
  return method === undefined ? value : t(`method.${method}`);
}

function stateName(value: string, t: Translate): string {
  const state = [...ACTIVE, ...TERMINAL, "paused" as const].find((known) => known === value);
  return state === undefined ? value : t(`job.state.${state}`);
}
