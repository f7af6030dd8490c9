import { NUMBER_FIELDS } from "@/features/jobs/expert-settings.ts";
import { methodName } from "@/features/jobs/method-name.ts";
import { plainText } from "@/features/jobs/trial-facts.ts";
import type { ComparedJob, DifferingSetting, JobsComparison, MethodType } from "@/lib/api-types.ts";
import type { I18n } from "@/lib/i18n/i18n-context.ts";

const OF_METHOD = "method.";
const TYPE = "method.type";

/** What each job's method is called, by the job's id: with the settings in which it differs from others of its kind. */
export function comparedMethods({ jobs, settings }: Pick<JobsComparison, "jobs" | "settings">, i18n: I18n): ReadonlyMap<string, string> {
  const own = settings.filter(({ path }) => path.startsWith(OF_METHOD) && path !== TYPE);
  return new Map(
    jobs.map((job) => {
      const alike = jobs.filter(({ method }) => method === job.method);
      const telling = own.filter((setting) => new Set(alike.map(({ id }) => valueOf(setting, id))).size > 1);
      return [job.id, nameOf(job, telling, i18n)];
    }),
  );
}

function nameOf({ id, method }: ComparedJob, telling: readonly DifferingSetting[], i18n: I18n): string {
  const layers = telling.find(({ path }) => path === "method.layers");
  const isInName = method === "last_layers" && layers !== undefined;
  const name = methodName({ type: method, ...(isInName && { layers: valueOf(layers, id) }) }, i18n.t);
  const rest = isInName ? telling.filter((setting) => setting !== layers) : telling;
  return [name, ...rest.map((setting) => `${settingName(setting.path, method, i18n)} ${plainText(valueOf(setting, id), i18n)}`)].join(" · ");
}

function settingName(path: string, method: MethodType, { t }: I18n): string {
  const name = path.slice(OF_METHOD.length);
  const field = NUMBER_FIELDS.find((one) => one.group === "method" && one.name === name && one.onlyFor?.includes(method));
  return field === undefined ? name : t(field.label);
}

function valueOf({ values }: DifferingSetting, id: string) {
  return values.find(({ job_id: jobId }) => jobId === id)?.value ?? null;
}
