import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { datasetCalls } from "@/features/datasets/calls.ts";
import { datasetKeys } from "@/features/datasets/dataset-queries.ts";
import type { FindingEffect } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { useIdempotencyKey } from "@/lib/use-idempotency-key.ts";

const POLL_MS = 5000;

const effectKey = (findingId: string) => [...datasetKeys.all, "effect", findingId] as const;

/** What the fix of a finding brought; asked again while its jobs are under way. */
export function useFindingEffect(findingId: string) {
  return useQuery({
    queryKey: effectKey(findingId),
    queryFn: () => send(datasetCalls.effect(findingId)),
    refetchInterval: (query) => (query.state.data?.state === "under_way" ? POLL_MS : false),
  });
}

/** Launch the jobs that are missing. */
export function useMeasureEffect(findingId: string) {
  const client = useQueryClient();
  const key = useIdempotencyKey();
  return useMutation({
    mutationFn: (effect: FindingEffect) =>
      // Jobs that have failed since are another intention, under another key.
      send(datasetCalls.measure(findingId, key([findingId, effect.sides, effect.missing.map(({ side }) => side)]))),
    onSuccess: (effect) => {
      client.setQueryData(effectKey(findingId), effect);
      void client.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
}
