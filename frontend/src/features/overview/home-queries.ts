import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { datasetCalls } from "@/features/datasets/calls.ts";
import { isMoving as isDatasetMoving } from "@/features/datasets/dataset-queries.ts";
import { isAtWork } from "@/features/datasets/doctor-queries.ts";
import { api, unwrap } from "@/lib/api-client.ts";
import type { Home, WaitingKind } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";

const MOVING_MS = 3000;
const QUIET_MS = 20_000;

const homeKey = ["home"] as const;

/** Something on the page will change by itself within moments. */
function isMoving({ running, first_steps: steps }: Home): boolean {
  const dataset = steps?.dataset ?? null;
  return running.length > 0 || (dataset !== null && (isDatasetMoving(dataset) || isAtWork({ state: dataset.doctor_state })));
}

export function useHome() {
  return useQuery({
    queryKey: homeKey,
    queryFn: () => unwrap(api.GET("/api/v1/home")),
    refetchInterval: (query) => (query.state.data && isMoving(query.state.data) ? MOVING_MS : QUIET_MS),
  });
}

/** Once for each opening of the page. What the server calls new does not depend on whether this or the page's data comes first. */
export function useNoteVisit(isNoted: boolean): void {
  const { mutate } = useMutation({ mutationFn: () => unwrap(api.POST("/api/v1/home/visit")) });
  useEffect(() => {
    if (isNoted) mutate();
  }, [mutate, isNoted]);
}

interface PutAside {
  kind: WaitingKind;
  id: string;
}

export function useDismiss() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PutAside) => unwrap(api.POST("/api/v1/home/dismissals", { body })),
    onSuccess: (_, { id }) => {
      client.setQueryData<Home>(homeKey, (home) => home && { ...home, waiting: home.waiting.filter((item) => item.id !== id) });
      void client.invalidateQueries({ queryKey: homeKey });
    },
  });
}

export function useRestore() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/v1/home/dismissals/{id}", { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: homeKey }),
  });
}

/** A file that could not be fetched from its address is asked for there again. */
export function useFetchAgain() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => send(datasetCalls.retryImport(id)),
    onSuccess: () => client.invalidateQueries({ queryKey: homeKey }),
  });
}

export function useSampleDataset() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (key: string) => send(datasetCalls.sample(key)),
    onSuccess: async () => {
      void client.invalidateQueries({ queryKey: ["datasets", "list"] });
      await client.invalidateQueries({ queryKey: homeKey });
    },
  });
}
