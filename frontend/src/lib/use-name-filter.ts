import { useSearchParams } from "react-router";

import type { TaskName } from "@/lib/api-types.ts";
import { TASKS } from "@/lib/tasks.ts";

/** Parameters of a list whose rows have a name and a task. */
export interface NameFilter {
  q?: string;
  task?: TaskName;
}

/** Parts of it as they are typed and chosen; an empty one is taken away. */
export type NameFilterChange = Partial<Record<keyof NameFilter, string>>;

/** The server takes no longer ones. */
export const MOST_CHARACTERS = 200;

/** Whether anything is left out. */
export function isNamed({ q, task }: NameFilter): boolean {
  return q !== undefined || task !== undefined;
}

/** The filter of a list, which stands in the address of its page, so that a link shows the same. */
export function useNameFilter(): [NameFilter, (change: NameFilterChange) => void] {
  const [params, setParams] = useSearchParams();
  const q = (params.get("q") ?? "").trim().slice(0, MOST_CHARACTERS);
  const task = TASKS.find((name) => name === params.get("task"));
  const change = (part: NameFilterChange) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        for (const [name, value] of Object.entries(part)) {
          if (value === "") next.delete(name);
          else next.set(name, value);
        }
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  return [{ ...(q === "" ? {} : { q }), ...(task === undefined ? {} : { task }) }, change];
}
