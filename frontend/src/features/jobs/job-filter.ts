import type { ViewFilters } from "@/lib/api-types.ts";

/** Parameters of the list of jobs. The address of the page has the same, so that it can be sent to somebody or kept as a view. */
export type JobFilter = ViewFilters;

const TEXTS = ["state", "tag", "dataset_id", "base_model", "q"] as const satisfies readonly (keyof JobFilter)[];
export const SORTS = ["created", "result", "duration"] as const satisfies readonly JobFilter["sort"][];

export function sortOf(value: string | null): JobFilter["sort"] {
  return SORTS.find((name) => name === value);
}

/** What is behind the names of the states on the page. */
export const STATE_GROUPS = {
  all: "",
  active: "draft,validating,searching,queued,starting,running,finalizing,retry_wait,paused",
  succeeded: "succeeded",
  failed: "failed,cancelled",
} as const;
export type StateGroup = keyof typeof STATE_GROUPS;
export const STATE_GROUP_NAMES = Object.keys(STATE_GROUPS) as StateGroup[];

export function filterOf(params: URLSearchParams): JobFilter {
  const found: JobFilter = {};
  for (const name of TEXTS) {
    const value = params.get(name)?.trim() ?? "";
    if (value !== "") found[name] = value;
  }
  const sort = sortOf(params.get("sort"));
  return sort === undefined ? found : { ...found, sort };
}

/** The filter with some parts changed; an empty part is left out, and so is the order that a list has anyway. */
export function changedFilter(filter: JobFilter, change: JobFilter): JobFilter {
  const whole = { ...filter, ...change };
  const found: JobFilter = {};
  for (const name of TEXTS) {
    const value = whole[name] ?? "";
    if (value !== "") found[name] = value;
  }
  return whole.sort === undefined || whole.sort === SORTS[0] ? found : { ...found, sort: whole.sort };
}

export function addressOf(filter: JobFilter): string {
  const text = new URLSearchParams(changedFilter({}, filter)).toString();
  return text === "" ? "/jobs" : `/jobs?${text}`;
}

/** Whether two filters show the same list. */
export function isSameFilter(one: JobFilter, other: JobFilter): boolean {
  return addressOf(one) === addressOf(other);
}

/** Whether anything is left out; an order alone hides nothing. */
export function isNarrow(filter: JobFilter): boolean {
  return Object.keys(filter).some((name) => name !== "sort");
}
