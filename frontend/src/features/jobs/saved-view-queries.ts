import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client.ts";
import type { ViewFilters } from "@/lib/api-types.ts";

const viewsKey = ["job-views"] as const;

export function useSavedViews() {
  return useQuery({ queryKey: viewsKey, queryFn: () => unwrap(api.GET("/api/v1/job-views")) });
}

export function useSaveView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; filters: ViewFilters }) => unwrap(api.POST("/api/v1/job-views", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: viewsKey }),
  });
}

export function useRenameView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) => unwrap(api.PATCH("/api/v1/job-views/{id}", { params: { path: { id } }, body: { name } })),
    onSuccess: () => client.invalidateQueries({ queryKey: viewsKey }),
  });
}

export function useDeleteView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/v1/job-views/{id}", { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: viewsKey }),
  });
}
