import { useMutation, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client.ts";
import type { JobCreate, TokenPreview } from "@/lib/api-types.ts";

const POLL_MS = 1500;

export function useAskReading() {
  return useMutation({ mutationFn: (body: JobCreate) => unwrap(api.POST("/api/v1/jobs/preview", { body })) });
}

/** Looked at again until it is made; what is made does not change. */
export function useReading(asked: TokenPreview | null) {
  const id = asked?.id ?? "";
  return useQuery({
    queryKey: ["jobs", "previews", id],
    queryFn: () => unwrap(api.GET("/api/v1/jobs/previews/{id}", { params: { path: { id } } })),
    enabled: asked?.state === "waiting",
    refetchInterval: (query) => (query.state.data === undefined || query.state.data.state === "waiting" ? POLL_MS : false),
    staleTime: 0,
  });
}
