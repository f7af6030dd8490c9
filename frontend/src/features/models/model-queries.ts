import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { type FoundVersionsQuery, modelCalls } from "@/features/models/calls.ts";
import type { Model, Question } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { everyPage } from "@/lib/every-page.ts";
import { shownAtOnce, useHoped } from "@/lib/hoped.ts";
import type { NameFilter } from "@/lib/use-name-filter.ts";
import { isWrittenOver, type Renaming } from "@/lib/written-over.ts";

const modelKeys = {
  list: ["models", "list"] as const,
  deleted: ["models", "deleted"] as const,
  detail: (id: string) => ["models", "detail", id] as const,
  renaming: (id: string) => ["models", "renaming", id] as const,
  versions: (id: string) => ["models", "versions", id] as const,
  version: (id: string) => ["models", "version", id] as const,
  card: (versionId: string) => ["models", "card", versionId] as const,
  lineage: (id: string, versionId: string) => ["models", "lineage", id, versionId] as const,
  found: (asked: FoundVersionsQuery) => ["models", "found", asked] as const,
};

function useModelPages(queryKey: readonly unknown[], query: NameFilter & { deleted?: boolean }) {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => send(modelCalls.list(query, pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
}

export function useModels(filter: NameFilter = {}) {
  return useModelPages([...modelKeys.list, filter], filter);
}

/** Those that were deleted and can be brought back. */
export function useDeletedModels(filter: NameFilter) {
  return useModelPages([...modelKeys.deleted, filter], { ...filter, deleted: true });
}

export function useModel(id: string) {
  return useQuery({
    queryKey: modelKeys.detail(id),
    queryFn: () => send(modelCalls.read(id)),
  });
}

/** All of them, the newest first. */
export function useModelVersions(id: string) {
  return useQuery({
    queryKey: modelKeys.versions(id),
    queryFn: () => everyPage((query) => send(modelCalls.versions(id, query))),
  });
}

/** Versions never change. Null asks for none. */
export function useModelVersion(id: string | null) {
  return useQuery({
    queryKey: modelKeys.version(id ?? ""),
    queryFn: () => send(modelCalls.version(id ?? "")),
    staleTime: Infinity,
    enabled: id !== null,
  });
}

/** Written once, with its version. */
export function useModelCard(versionId: string) {
  return useQuery({
    queryKey: modelKeys.card(versionId),
    queryFn: () => send(modelCalls.card(versionId)),
    staleTime: Infinity,
  });
}

export function useLineage(id: string, versionId: string) {
  return useQuery({
    queryKey: modelKeys.lineage(id, versionId),
    queryFn: () => send(modelCalls.lineage(id, versionId)),
  });
}

/** Versions of any model, the newest first: the first page of them. */
export function useFoundVersions(asked: FoundVersionsQuery) {
  return useQuery({
    queryKey: modelKeys.found(asked),
    queryFn: () => send(modelCalls.foundVersions(asked)),
    placeholderData: keepPreviousData,
  });
}

export function useRenameModel(id: string) {
  const client = useQueryClient();
  return useMutation({
    ...shownAtOnce(modelKeys.renaming(id)),
    mutationFn: ({ name, base }: Renaming) => send(modelCalls.rename(id, name, base)),
    onError: (error) => {
      if (isWrittenOver(error)) void client.invalidateQueries({ queryKey: modelKeys.detail(id) });
    },
    onSuccess: (model) => {
      client.setQueryData(modelKeys.detail(id), model);
      void client.invalidateQueries({ queryKey: modelKeys.list });
    },
  });
}

/** What it will be called when what is under way is done. */
export function useHopedName({ id, name }: Pick<Model, "id" | "name">): string {
  return useHoped(modelKeys.renaming(id), name, (_, wish: Renaming) => wish.name);
}

export function useDeleteModel(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => send(modelCalls.remove(id)),
    onSuccess: () => {
      client.removeQueries({ queryKey: modelKeys.detail(id) });
      void client.invalidateQueries({ queryKey: modelKeys.list });
      void client.invalidateQueries({ queryKey: modelKeys.deleted });
    },
  });
}

/** Under another name where one is given. `refetchType` none: the list of deleted ones says itself that one is back. */
export function useRestoreModel({ refetchType = "active" }: { refetchType?: "active" | "none" } = {}) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name }: { id: string; name?: string }) => send(modelCalls.bringBack(id, name)),
    onSuccess: (model) => {
      client.setQueryData(modelKeys.detail(model.id), model);
      void client.invalidateQueries({ queryKey: modelKeys.list });
      void client.invalidateQueries({ queryKey: modelKeys.deleted, refetchType });
    },
  });
}

const SHOWN_LABELS = 5;

export function askVersion(versionId: string, inputs: Question[], signal?: AbortSignal) {
  return send(modelCalls.predict(versionId, { inputs, top_k: SHOWN_LABELS }), signal);
}

export function usePredict(versionId: string) {
  return useMutation({ mutationFn: (question: Question) => askVersion(versionId, [question]) });
}

export function useDownloadLink() {
  return useMutation({
    mutationFn: (artifactId: string) => send(modelCalls.downloadLink(artifactId)),
  });
}
