import { request } from "@/lib/call.ts";

/** What the page of a job asks for first, without words: it is asked ahead, before the catalogue is there. */
export const jobFirstCalls = {
  read: (id: string) => request("get", "/api/v1/jobs/{id}", { params: { path: { id } } }),
  metrics: (id: string, maxPoints: number) => request("get", "/api/v1/jobs/{id}/metrics", { params: { path: { id }, query: { max_points: maxPoints } } }),
  events: (id: string, limit: number, after = 0) => request("get", "/api/v1/jobs/{id}/events", { params: { path: { id }, query: { limit, after } } }),
};
