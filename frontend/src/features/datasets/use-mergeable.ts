import { useQuery } from "@tanstack/react-query";

import { datasetCalls } from "@/features/datasets/calls.ts";
import { datasetKeys } from "@/features/datasets/dataset-queries.ts";
import type { Dataset } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { everyPage } from "@/lib/every-page.ts";

/** More are not read into a list to choose from. */
const MOST_PAGES = 10;

/** Other datasets for the same task that have a version. */
export function useMergeable({ id, task }: Pick<Dataset, "id" | "task">) {
  return useQuery({
    queryKey: [...datasetKeys.all, "mergeable", task, id],
    queryFn: async () => {
      const { data } = await everyPage(({ limit, cursor }) => send(datasetCalls.list({ task, limit }, cursor)), MOST_PAGES);
      return data.filter((one) => one.id !== id && one.task === task && one.latest_version !== null);
    },
  });
}
