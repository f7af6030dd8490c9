import { useMutation, useQueryClient } from "@tanstack/react-query";

import { datasetCalls, type NamesChoice } from "@/features/datasets/calls.ts";
import { datasetKeys } from "@/features/datasets/dataset-queries.ts";
import { useFoundVersions } from "@/features/models/model-queries.ts";
import { isServed } from "@/features/models/not-served.tsx";
import { send } from "@/lib/call.ts";

const TASK = "token_classification";
/** The newest of them; whoever has more looks for names with one of these. */
const MOST = 100;

/** Versions of models that can tell names. */
export function useTaggers() {
  const found = useFoundVersions({ task: TASK, limit: MOST });
  const taggers = found.data?.data.filter((version) => isServed(version, TASK) && version.labels.length > 0);
  return { taggers, error: found.error };
}

/** Have names looked for with a model from now on, or with none any more; the doctor begins anew. */
export function useNamesModel(datasetId: string, versionId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (choice: NamesChoice | null) => send(choice === null ? datasetCalls.removeNames(datasetId) : datasetCalls.chooseNames(datasetId, choice)),
    onSuccess: (dataset) => {
      client.setQueryData(datasetKeys.detail(datasetId), dataset);
      void client.invalidateQueries({ queryKey: datasetKeys.doctor(versionId) });
    },
  });
}
