import type { ViewFilters } from "@/lib/api-types.ts";

/** Parameters of the list of jobs, and what it is grouped by. The address of the page has the same, so that it can be sent or kept as a view. */
export type JobFilter = ViewFilters;

const TEXTS = ["state", "tag", "dataset_id", "base_model", "method", "task", "week", "batch", "q"] as const satisfies readonly (keyof JobFilter)[];
const YES = ["untagged", "archived"] as const satisfies readonly (keyof JobFilter)[];
export const SORTS = ["created", "result", "duration"] as const satisfies readonly JobFilter["sort"][];

export type Grouping = NonNullable<JobFilter["group"]>;
export const GROUPINGS = ["dataset", "base_model", "method", "task", "tag", "state", "week", "batch"] as const satisfies readonly Grouping[];

export function groupingOf(value: string | null): Grouping | undefined {
  return GROUPINGS.find((name) => name === value);
}

/** What the list of one group is filtered by; a group without a value is of jobs without any tag. */
export function filterOfGroup(by: Grouping, value: string): JobFilter {
  if (by === "dataset") return { dataset_id: value };
  return by === "tag" && value === "" ? { untagged: "true" } : { [by]: value };
}

/** A filter within another one. Of tags a job has to have both. */
export function narrowed(filter: JobFilter, part: JobFilter): JobFilter {
  const tags = [filter.tag, part.tag].filter((tag) => tag !== undefined);
  return { ...filter, ...part, ...(tags.length > 0 ? { tag: [...new Set(tags.join(",").split(","))].join(",") } : {}) };
}

/** What the server's list is asked for: how its jobs are grouped is a matter of the page. */
export function withoutGroup(filter: JobFilter): Omit<JobFilter, "group"> {
  const asked = { ...filter };
  delete asked.group;
  return asked;
}

/** What groups are counted of: which jobs, and not in which order. */
export function withoutOrder(filter: JobFilter): Omit<JobFilter, "group" | "sort"> {
  const asked = withoutGroup(filter);
  delete asked.sort;
  return asked;
}

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
  for (const name of YES) if (params.get(name) === "true") found[name] = "true";
  const sort = sortOf(params.get("sort"));
  if (sort !== undefined) found.sort = sort;
  const group = groupingOf(params.get("group"));
  return group === undefined ? found : { ...found, group };
}

/** A part that is undefined is taken away. */
export type FilterChange = { [Name in keyof JobFilter]: JobFilter[Name] | undefined };

/** The filter with some parts changed; an empty part is left out, and so is the order that a list has anyway. */
export function changedFilter(filter: JobFilter, change: FilterChange): JobFilter {
  const whole = { ...filter, ...change };
  const found: JobFilter = {};
  for (const name of TEXTS) {
    const value = whole[name] ?? "";
    if (value !== "") found[name] = value;
  }
  for (const name of YES) if (whole[name] === "true") found[name] = "true";
  if (whole.sort !== undefined && whole.sort !== SORTS[0]) found.sort = whole.sort;
  return whole.group === undefined ? found : { ...found, group: whole.group };
}

export function addressOf(filter: JobFilter): string {
  const text = new URLSearchParams(changedFilter({}, filter)).toString();
  return text === "" ? "/jobs" : `/jobs?${text}`;
}

/** Whether two filters show the same list. */
export function isSameFilter(one: JobFilter, other: JobFilter): boolean {
  return addressOf(one) === addressOf(other);
}

/** Whether anything is left out; an order or groups alone hide nothing. */
export function isNarrow(filter: JobFilter): boolean {
  return Object.keys(filter).some((name) => name !== "sort" && name !== "group");
}
