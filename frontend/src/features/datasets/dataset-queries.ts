import { type InfiniteData, keepPreviousData, queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { datasetCalls } from "@/features/datasets/calls.ts";
import type { Dataset, DatasetPage, FileChoices, MappingChoice, SplitChoice, TaskName } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { everyPage } from "@/lib/every-page.ts";
import { shownAtOnce, useHoped } from "@/lib/hoped.ts";
import type { NameFilter } from "@/lib/use-name-filter.ts";
import { isWrittenOver, type Renaming } from "@/lib/written-over.ts";

const POLL_MS = 1000;
const LIST_POLL_MS = 3000;

export const datasetKeys = {
  all: ["datasets"] as const,
  list: ["datasets", "list"] as const,
  deleted: ["datasets", "deleted"] as const,
  detail: (id: string) => ["datasets", "detail", id] as const,
  renaming: (id: string) => ["datasets", "renaming", id] as const,
  preview: (id: string, filter: PreviewFilter) => ["datasets", "preview", id, filter] as const,
  versions: (id: string) => ["datasets", "versions", id] as const,
  doctor: (versionId: string) => ["datasets", "doctor", versionId] as const,
};

export interface PreviewFilter {
  offset: number;
}

export const PREVIEW_ROWS = 20;

/** Reading or checking goes on at the server, so the answer will change by itself. */
export function isMoving(dataset: Pick<Dataset, "state">): boolean {
  return dataset.state === "inspecting" || dataset.state === "validating";
}

export function useDatasets(filter: NameFilter = {}) {
  return useInfiniteQuery({
    queryKey: [...datasetKeys.list, filter],
    queryFn: ({ pageParam }) => send(datasetCalls.list(filter, pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.data.some(isMoving)) === true ? LIST_POLL_MS : false,
  });
}

/** Those that were deleted and can be brought back. */
export function useDeletedDatasets(filter: NameFilter) {
  return useInfiniteQuery({
    queryKey: [...datasetKeys.deleted, filter],
    queryFn: ({ pageParam }) => send(datasetCalls.list({ ...filter, deleted: true }, pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
}

function datasetQuery(id: string) {
  return queryOptions({
    queryKey: datasetKeys.detail(id),
    queryFn: () => send(datasetCalls.read(id)),
    refetchInterval: (query) => (query.state.data && isMoving(query.state.data) ? POLL_MS : false),
  });
}

export function useDataset(id: string) {
  return useQuery(datasetQuery(id));
}

/** One dataset, at once where a list that was loaded has it, and otherwise wherever in the lists it would be. Null asks for none. */
export function useNamedDataset(id: string | null) {
  const client = useQueryClient();
  return useQuery({
    ...datasetQuery(id ?? ""),
    enabled: id !== null,
    placeholderData: () =>
      client
        .getQueriesData<InfiniteData<DatasetPage>>({ queryKey: datasetKeys.list })
        .flatMap(([, loaded]) => loaded?.pages ?? [])
        .flatMap((page) => page.data)
        .find((dataset) => dataset.id === id),
  });
}

/** All of them, the newest first. */
export function useDatasetVersions(id: string, latest: string | null) {
  return useQuery({
    queryKey: [...datasetKeys.versions(id), latest],
    queryFn: () => everyPage((query) => send(datasetCalls.versions(id, query))),
    enabled: latest !== null,
  });
}

export function usePreview(id: string, filter: PreviewFilter, stamp: string) {
  return useQuery({
    queryKey: [...datasetKeys.preview(id, filter), stamp],
    queryFn: () => send(datasetCalls.preview(id, { ...filter, limit: PREVIEW_ROWS })),
    placeholderData: keepPreviousData,
  });
}

interface NewDataset {
  name: string;
  task: TaskName;
  files: { upload_id: string; split: SplitChoice }[];
  key: string;
}

export function useCreateDataset() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, ...body }: NewDataset) => send(datasetCalls.create(body, key)),
    onSuccess: (dataset) => {
      client.setQueryData(datasetKeys.detail(dataset.id), dataset);
      void client.invalidateQueries({ queryKey: datasetKeys.list });
    },
  });
}

export function useMapDataset(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: MappingChoice) => send(datasetCalls.map(id, body)),
    onSuccess: (dataset) => {
      client.setQueryData(datasetKeys.detail(id), dataset);
      void client.invalidateQueries({ queryKey: datasetKeys.list });
    },
  });
}

export function useRenameDataset(id: string) {
  const client = useQueryClient();
  return useMutation({
    ...shownAtOnce(datasetKeys.renaming(id)),
    mutationFn: ({ name, base }: Renaming) => send(datasetCalls.rename(id, name, base)),
    onError: (error) => {
      if (isWrittenOver(error)) void client.invalidateQueries({ queryKey: datasetKeys.detail(id) });
    },
    onSuccess: (dataset) => {
      client.setQueryData(datasetKeys.detail(id), dataset);
      void client.invalidateQueries({ queryKey: datasetKeys.list });
    },
  });
}

/** How a file is to be read, as long as there is no version; the server reads the files again. */
export function useFileChoices(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ position, body }: { position: number; body: FileChoices }) => send(datasetCalls.chooseReading(id, position, body)),
    onSuccess: (dataset) => {
      client.setQueryData(datasetKeys.detail(id), dataset);
      void client.invalidateQueries({ queryKey: datasetKeys.list });
    },
  });
}

/** Another task, as long as there is no version; the server reads the files again. */
export function useRetaskDataset(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (task: TaskName) => send(datasetCalls.retask(id, task)),
    onSuccess: (dataset) => {
      client.setQueryData(datasetKeys.detail(id), dataset);
      void client.invalidateQueries({ queryKey: datasetKeys.list });
    },
  });
}

/** What it will be called when what is under way is done. */
export function useHopedName({ id, name }: Pick<Dataset, "id" | "name">): string {
  return useHoped(datasetKeys.renaming(id), name, (_, wish: Renaming) => wish.name);
}

export function useDeleteDataset(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => send(datasetCalls.remove(id)),
    onSuccess: () => {
      client.removeQueries({ queryKey: datasetKeys.detail(id) });
      void client.invalidateQueries({ queryKey: datasetKeys.list });
      void client.invalidateQueries({ queryKey: datasetKeys.deleted });
    },
  });
}

/** `refetchType` none: the list of deleted ones says itself that one is back. */
export function useRestoreDataset({ refetchType = "active" }: { refetchType?: "active" | "none" } = {}) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id }: { id: string }) => send(datasetCalls.bringBack(id)),
    onSuccess: (dataset) => {
      client.setQueryData(datasetKeys.detail(dataset.id), dataset);
      void client.invalidateQueries({ queryKey: datasetKeys.list });
      void client.invalidateQueries({ queryKey: datasetKeys.deleted, refetchType });
    },
  });
}
