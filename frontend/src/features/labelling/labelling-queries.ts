import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { labellingCalls } from "@/features/labelling/calls.ts";
import { api, unwrap } from "@/lib/api-client.ts";
import type { LabelResolve, LabelSessionChange, LabelSessionCreate, LabelValue } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";

const POLL_MS = 1000;
const PROGRESS_POLL_MS = 10_000;
/** Claims end after ten minutes; asking again renews them. */
const RENEW_MS = 5 * 60_000;
const HANDED_ROWS = 30;
export const DISAGREEMENTS_SHOWN = 20;

const labellingKeys = {
  list: (datasetId: string) => ["labelling", "list", datasetId] as const,
  session: (id: string) => ["labelling", "session", id] as const,
  next: (id: string) => ["labelling", "next", id] as const,
  progress: (id: string) => ["labelling", "progress", id] as const,
  disagreements: (id: string) => ["labelling", "disagreements", id] as const,
};

export function useLabelSessions(datasetId: string) {
  return useInfiniteQuery({
    queryKey: labellingKeys.list(datasetId),
    queryFn: ({ pageParam }) => send(labellingCalls.list(datasetId, pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useLabelSession(id: string) {
  return useQuery({
    queryKey: labellingKeys.session(id),
    queryFn: () => send(labellingCalls.read(id)),
    refetchInterval: (query) => (query.state.data?.change?.state === "waiting" ? POLL_MS : false),
  });
}

export function useHandedRows(id: string, isEnabled: boolean) {
  return useQuery({
    queryKey: labellingKeys.next(id),
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/label-sessions/{id}/next", {
          params: { path: { id }, query: { count: HANDED_ROWS } },
        }),
      ),
    enabled: isEnabled,
    gcTime: 0,
    staleTime: Infinity,
    refetchInterval: RENEW_MS,
    refetchOnWindowFocus: false,
  });
}

export function useLabelProgress(id: string) {
  return useQuery({
    queryKey: labellingKeys.progress(id),
    queryFn: () => send(labellingCalls.progress(id)),
    refetchInterval: PROGRESS_POLL_MS,
  });
}

export function useDisagreements(id: string, offset: number, isEnabled: boolean) {
  return useQuery({
    queryKey: [...labellingKeys.disagreements(id), offset],
    queryFn: () => send(labellingCalls.disagreements(id, offset, DISAGREEMENTS_SHOWN)),
    enabled: isEnabled,
  });
}

interface NewSession {
  body: LabelSessionCreate;
  key: string;
  /** The model that is asked about the rows first, and the version that they are of. */
  scoring: { modelVersionId: string; datasetVersionId: string } | null;
}

export function useStartSession(datasetId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ body, key, scoring }: NewSession) => {
      const scores = scoring === null ? null : await send(labellingCalls.score(scoring.modelVersionId, scoring.datasetVersionId));
      return send(labellingCalls.start(datasetId, { ...body, ...(scores === null ? {} : { scores_id: scores.id }) }, key));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: labellingKeys.list(datasetId) }),
  });
}

export function useChangeSession(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: LabelSessionChange) => send(labellingCalls.change(id, body)),
    onSuccess: (session) => client.setQueryData(labellingKeys.session(id), session),
  });
}

export function useDecide(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ rowId, value }: { rowId: number; value: LabelValue }) => send(labellingCalls.decide(id, rowId, value)),
    onSuccess: () => client.invalidateQueries({ queryKey: labellingKeys.disagreements(id) }),
  });
}

export function useFinishSession(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ resolve, key }: { resolve: LabelResolve; key: string }) => send(labellingCalls.finish(id, resolve, key)),
    onSuccess: () => client.invalidateQueries({ queryKey: labellingKeys.session(id) }),
  });
}
