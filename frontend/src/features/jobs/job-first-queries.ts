import { queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client.ts";

/** What the page of a job asks for first. Apart from the other questions about jobs, so that asking ahead loads little. */

export const MAX_POINTS = 2000;
const HISTORY_EVENTS = 100;

export function jobQuery(id: string) {
  return queryOptions({
    queryKey: ["jobs", "detail", id] as const,
    queryFn: () => unwrap(api.GET("/api/v1/jobs/{id}", { params: { path: { id } } })),
  });
}

/** Curves, thinned, and the latest events. A history that is seconds old is as good as a new one: the stream goes on from where it ends. */
export function jobHistoryQuery(id: string) {
  return queryOptions({
    queryKey: ["jobs", "history", id] as const,
    queryFn: async () => {
      const path = { id };
      const [metrics, events] = await Promise.all([
        unwrap(api.GET("/api/v1/jobs/{id}/metrics", { params: { path, query: { max_points: MAX_POINTS } } })),
        unwrap(api.GET("/api/v1/jobs/{id}/events", { params: { path, query: { limit: HISTORY_EVENTS } } })),
      ]);
      return { metrics, events: events.data };
    },
    staleTime: 5000,
    gcTime: 30_000,
  });
}
