import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client.ts";
import type { paths, Question } from "@/lib/api-types.ts";
import type { NameFilter } from "@/lib/use-name-filter.ts";

export const modelKeys = {
  list: ["models", "list"] as const,
  detail: (id: string) => ["models", "detail", id] as const,
  versions: (id: string) => ["models", "versions", id] as const,
  version: (id: string) => ["models", "version", id] as const,
  card: (versionId: string) => ["models", "card", versionId] as const,
  lineage: (id: string, versionId: string) => ["models", "lineage", id, versionId] as const,
  found: (asked: FoundVersionsQuery) => ["models", "found", asked] as const,
};

export function useModels(filter: NameFilter = {}) {
  return useInfiniteQuery({
    queryKey: [...modelKeys.list, filter],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET("/api/v1/models", { params: { query: { ...filter, ...(pageParam === null ? {} : { cursor: pageParam }) } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
}

export function useModel(id: string) {
  return useQuery({
    queryKey: modelKeys.detail(id),
    queryFn: () => unwrap(api.GET("/api/v1/models/{id}", { params: { path: { id } } })),
  });
}

export function useModelVersions(id: string) {
  return useQuery({
    queryKey: modelKeys.versions(id),
    queryFn: () => unwrap(api.GET("/api/v1/models/{id}/versions", { params: { path: { id } } })),
  });
}

/** Versions never change. Null asks for none. */
export function useModelVersion(id: string | null) {
  return useQuery({
    queryKey: modelKeys.version(id ?? ""),
    queryFn: () => unwrap(api.GET("/api/v1/model-versions/{id}", { params: { path: { id: id ?? "" } } })),
    staleTime: Infinity,
    enabled: id !== null,
  });
}

/** Written once, with its version. */
export function useModelCard(versionId: string) {
  return useQuery({
    queryKey: modelKeys.card(versionId),
    queryFn: () => unwrap(api.GET("/api/v1/model-versions/{id}/card", { params: { path: { id: versionId } } })),
    staleTime: Infinity,
  });
}

export function useLineage(id: string, versionId: string) {
  return useQuery({
    queryKey: modelKeys.lineage(id, versionId),
    queryFn: () => unwrap(api.GET("/api/v1/models/{id}/lineage", { params: { path: { id }, query: { version_id: versionId } } })),
  });
}

type FoundVersionsQuery = NonNullable<paths["/api/v1/model-versions"]["get"]["parameters"]["query"]>;

/** Versions of any model, the newest first: the first page of them. */
export function useFoundVersions(asked: FoundVersionsQuery) {
  return useQuery({
    queryKey: modelKeys.found(asked),
    queryFn: () => unwrap(api.GET("/api/v1/model-versions", { params: { query: asked } })),
    placeholderData: keepPreviousData,
  });
}

export function useRenameModel(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => unwrap(api.PATCH("/api/v1/models/{id}", { params: { path: { id } }, body: { name } })),
    onSuccess: (model) => {
      client.setQueryData(modelKeys.detail(id), model);
      void client.invalidateQueries({ queryKey: modelKeys.list });
    },
  });
}

export function useDeleteModel(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/models/{id}", { params: { path: { id } } })),
    onSuccess: () => {
      client.removeQueries({ queryKey: modelKeys.detail(id) });
      void client.invalidateQueries({ queryKey: modelKeys.list });
    },
  });
}

const SHOWN_LABELS = 5;

export function askVersion(versionId: string, inputs: Question[], signal?: AbortSignal) {
  return unwrap(
    api.POST("/api/v1/model-versions/{id}/predict", {
      params: { path: { id: versionId } },
      body: { inputs, top_k: SHOWN_LABELS },
      ...(signal === undefined ? {} : { signal }),
    }),
  );
}

export function usePredict(versionId: string) {
  return useMutation({ mutationFn: (question: Question) => askVersion(versionId, [question]) });
}

export function useDownloadLink() {
  return useMutation({
    mutationFn: (artifactId: string) =>
      unwrap(api.POST("/api/v1/artifacts/{id}/download-link", { params: { path: { id: artifactId } } })),
  });
}
