import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { datasetCalls } from "@/features/datasets/calls.ts";
import { datasetKeys } from "@/features/datasets/dataset-queries.ts";
import type { DatasetChange, DifferenceKind, FilterCount, FixName, Row, RowChange, RowConditions, SplitChoice } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { useIdempotencyKey } from "@/lib/use-idempotency-key.ts";

const POLL_MS = 1000;
export const ROWS_ON_A_PAGE = 25;
/** An address of a request stays short: a page of ids, not all of them. */
const IDS_ON_A_PAGE = 50;

const changeKeys = {
  latest: (datasetId: string) => [...datasetKeys.all, "latest-change", datasetId] as const,
  ofDataset: (datasetId: string) => [...datasetKeys.all, "change", datasetId] as const,
  rows: (versionId: string) => [...datasetKeys.all, "rows", versionId] as const,
  diff: (versionId: string) => [...datasetKeys.all, "diff", versionId] as const,
};

/** The last change that anybody asked for, null before the first; it changes by itself while it is being made. */
export function useLatestChange(datasetId: string) {
  return useQuery({
    queryKey: changeKeys.latest(datasetId),
    queryFn: async () => {
      const page = await send(datasetCalls.changes(datasetId, 1));
      return page.data[0] ?? null;
    },
    refetchInterval: (query) => (query.state.data?.state === "waiting" ? POLL_MS : false),
  });
}

/** Whoever asks for a change sees it as the last one at once. */
function useChangeKept(datasetId: string) {
  const client = useQueryClient();
  return (change: DatasetChange) => {
    client.setQueryData(changeKeys.latest(datasetId), change);
    void client.invalidateQueries({ queryKey: changeKeys.latest(datasetId) });
  };
}

/** One key per intention. Whoever asks once more for what is known to have failed means another change, and not the answer to the first. */
function useChangeKey(datasetId: string): (body: unknown) => string {
  const client = useQueryClient();
  const key = useIdempotencyKey();
  return (body) => {
    const known = [changeKeys.latest(datasetId), changeKeys.ofDataset(datasetId)].flatMap((queryKey) => client.getQueriesData<DatasetChange | null>({ queryKey }));
    const failed = new Set(known.flatMap(([, change]) => (change?.state === "failed" ? [change.id] : [])));
    return key([body, ...[...failed].sort()]);
  };
}

interface Asked {
  baseId: string;
  kind: "edit" | "relabel";
  changes: RowChange[];
}

export function useMakeChanges(datasetId: string) {
  const keep = useChangeKept(datasetId);
  const key = useChangeKey(datasetId);
  return useMutation({
    mutationFn: ({ baseId, kind, changes }: Asked) => {
      const body = { base_version_id: baseId, kind, changes };
      return send(datasetCalls.change(datasetId, body, key(body)));
    },
    onSuccess: keep,
  });
}

interface Files {
  files: { upload_id: string; split: SplitChoice }[];
  skip_bad_rows: boolean;
}

export function useAppendFiles(datasetId: string) {
  const keep = useChangeKept(datasetId);
  const key = useChangeKey(datasetId);
  return useMutation({
    mutationFn: (body: Files) => send(datasetCalls.append(datasetId, body, key(body))),
    onSuccess: keep,
  });
}

export function useMergeVersion(datasetId: string) {
  const keep = useChangeKept(datasetId);
  const key = useChangeKey(datasetId);
  return useMutation({
    mutationFn: (body: { version_id: string; base_version_id: string }) => send(datasetCalls.merge(datasetId, body, key(body))),
    onSuccess: keep,
  });
}

/** Rows that go, or all but those that stay. */
export type FilterWish = { drop: RowConditions } | { keep: RowConditions };

export function useFilterRows(datasetId: string) {
  const keep = useChangeKept(datasetId);
  const key = useChangeKey(datasetId);
  return useMutation({
    mutationFn: async ({ baseId, wish }: { baseId: string; wish: FilterWish }) =>
      // The answer of a dry run is another one.
      (await send(datasetCalls.filter(datasetId, baseId, wish, key([baseId, wish])))) as DatasetChange,
    onSuccess: keep,
  });
}

/** How many rows of each split a filter would drop; nothing is made. */
export function useFilterCount(datasetId: string, baseId: string, wish: FilterWish) {
  return useQuery({
    queryKey: [...datasetKeys.all, "filter-count", datasetId, baseId, wish],
    queryFn: async () => (await send(datasetCalls.filterCount(datasetId, baseId, wish))) as FilterCount,
    staleTime: Infinity,
  });
}

export function useUndo(datasetId: string) {
  const keep = useChangeKept(datasetId);
  const key = useChangeKey(datasetId);
  return useMutation({
    mutationFn: (latestId: string) => send(datasetCalls.undo(datasetId, key(latestId))),
    onSuccess: keep,
  });
}

export function useRestore(datasetId: string) {
  const keep = useChangeKept(datasetId);
  const key = useChangeKey(datasetId);
  return useMutation({
    mutationFn: ({ versionId, latestId }: { versionId: string; latestId: string }) => send(datasetCalls.restore(versionId, key([versionId, latestId]))),
    onSuccess: keep,
  });
}

export function useAcceptFix(datasetId: string, versionId: string) {
  const client = useQueryClient();
  const keep = useChangeKept(datasetId);
  const key = useChangeKey(datasetId);
  return useMutation({
    mutationFn: ({ findingId, ...body }: { findingId: string; fix: FixName; columns?: string[] }) => send(datasetCalls.acceptFix(findingId, body, key([findingId, body]))),
    onSuccess: (change) => {
      keep(change);
      void client.invalidateQueries({ queryKey: datasetKeys.doctor(versionId) });
    },
  });
}

export type RowFilter = Omit<RowConditions, "ids">;

export function useRows(versionId: string, filter: RowFilter, offset: number) {
  return useQuery({
    queryKey: [...changeKeys.rows(versionId), filter, offset],
    queryFn: () => send(datasetCalls.rows(versionId, { ...filter, offset, limit: ROWS_ON_A_PAGE })),
    placeholderData: keepPreviousData,
  });
}

/** Rows by their ids, whole; at most a page of them. A version never changes, so that they are asked for once. */
export function useRowsById(versionId: string, ids: readonly number[], isWanted = true) {
  return useQuery({
    queryKey: [...changeKeys.rows(versionId), "ids", ids],
    queryFn: () => send(datasetCalls.rows(versionId, { ids: ids.slice(0, IDS_ON_A_PAGE).join(","), limit: IDS_ON_A_PAGE })),
    enabled: isWanted && ids.length > 0,
    staleTime: Infinity,
  });
}

/** What rows say in a version, asked for when somebody wants to know it; any number of them. */
export function useRowsLookedUp() {
  return useMutation({
    mutationFn: async ({ versionId, ids }: { versionId: string; ids: readonly number[] }) => {
      const rows: Row[] = [];
      for (let at = 0; at < ids.length; at += IDS_ON_A_PAGE) {
        const page = await send(datasetCalls.rows(versionId, { ids: ids.slice(at, at + IDS_ON_A_PAGE).join(","), limit: IDS_ON_A_PAGE }));
        rows.push(...page.data);
      }
      return { versionId, rows };
    },
  });
}

export function useVersionDiff(versionId: string, against: string, kind: DifferenceKind, offset: number) {
  return useQuery({
    queryKey: [...changeKeys.diff(versionId), against, kind, offset],
    queryFn: () => send(datasetCalls.difference(versionId, against, kind, offset, ROWS_ON_A_PAGE)),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

/** A change by its id, followed until it is over. */
export function useChange(datasetId: string, changeId: string | null) {
  return useQuery({
    queryKey: [...changeKeys.ofDataset(datasetId), changeId],
    queryFn: () => send(datasetCalls.changeRead(datasetId, changeId ?? "")),
    enabled: changeId !== null,
    refetchInterval: (query) => (query.state.data && query.state.data.state !== "waiting" ? false : POLL_MS),
  });
}
