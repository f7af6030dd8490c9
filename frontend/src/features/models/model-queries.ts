import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client.ts";
import type { Question } from "@/lib/api-types.ts";

export const modelKeys = {
  list: ["models", "list"] as const,
  detail: (id: string) => ["models", "detail", id] as const,
  versions: (id: string) => ["models", "versions", id] as const,
  version: (id: string) => ["models", "version", id] as const,
};

export function useModels() {
  return useInfiniteQuery({
    queryKey: modelKeys.list,
    queryFn: ({ pageParam }) => unwrap(api.GET("/api/v1/models", { params: { query: pageParam === null ? {} : { cursor: pageParam } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
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

export function useModelVersion(id: string) {
  return useQuery({
    queryKey: modelKeys.version(id),
    queryFn: () => unwrap(api.GET("/api/v1/model-versions/{id}", { params: { path: { id } } })),
    staleTime: Infinity,
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

export function usePredict(versionId: string) {
  return useMutation({
    mutationFn: (question: Question) =>
      unwrap(
        api.POST("/api/v1/model-versions/{id}/predict", {
          params: { path: { id: versionId } },
          body: { inputs: [question], top_k: SHOWN_LABELS },
        }),
      ),
  });
}

export function useDownloadLink() {
  return useMutation({
    mutationFn: (artifactId: string) =>
      unwrap(api.POST("/api/v1/artifacts/{id}/download-link", { params: { path: { id: artifactId } } })),
  });
}
