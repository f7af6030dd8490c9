import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { datasetKeys } from "@/features/datasets/dataset-queries.ts";
import { api, unwrap } from "@/lib/api-client.ts";
import type { FindingEffect } from "@/lib/api-types.ts";
import { useIdempotencyKey } from "@/lib/use-idempotency-key.ts";

const POLL_MS = 5000;

const effectKey = (findingId: string) => [...datasetKeys.all, "effect", findingId] as const;

/** What the fix of a finding brought; asked again while its jobs are under way. */
export function useFindingEffect(findingId: string) {
  return useQuery({
    queryKey: effectKey(findingId),
    queryFn: () => unwrap(api.GET("/api/v1/doctor-findings/{id}/effect", { params: { path: { id: findingId } } })),
    refetchInterval: (query) => (query.state.data?.state === "under_way" ? POLL_MS : false),
  });
}

/** Launch the jobs that are missing. */
export function useMeasureEffect(findingId: string) {
  const client = useQueryClient();
  const key = useIdempotencyKey();
  return useMutation({
    mutationFn: (effect: FindingEffect) =>
      unwrap(
        api.POST("/api/v1/doctor-findings/{id}/effect", {
          // Jobs that have failed since are another intention, under another key.
          params: { path: { id: findingId }, header: { "Idempotency-Key": key([findingId, effect.sides, effect.missing.map(({ side }) => side)]) } },
        }),
      ),
    onSuccess: (effect) => {
      client.setQueryData(effectKey(findingId), effect);
      void client.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
}
