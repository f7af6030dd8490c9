import { useQuery } from "@tanstack/react-query";

import { datasetCalls } from "@/features/datasets/calls.ts";
import { datasetKeys } from "@/features/datasets/dataset-queries.ts";
import type { Dataset, TaskName } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";

const A_PAGE = 100;
/** More are not read into a list to choose from. */
const MOST_PAGES = 10;

function datasetsFor(task: TaskName, cursor: string | null) {
  return send(datasetCalls.list({ task, limit: A_PAGE }, cursor));
}

/** Other datasets for the same task that have a version. */
export function useMergeable({ id, task }: Pick<Dataset, "id" | "task">) {
  return useQuery({
    queryKey: [...datasetKeys.all, "mergeable", task, id],
    queryFn: async () => {
      const found: Dataset[] = [];
      let cursor: string | null = null;
      for (let number = 0; number < MOST_PAGES; number += 1) {
        const page = await datasetsFor(task, cursor);
        found.push(...page.data);
        cursor = page.next_cursor;
        if (cursor === null) break;
      }
      return found.filter((one) => one.id !== id && one.task === task && one.latest_version !== null);
    },
  });
}
