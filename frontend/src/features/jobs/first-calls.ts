import { request } from "@/lib/call.ts";

/** The first and the last step of a part of a run. */
export interface StepRange {
  from: number;
  to: number;
}

/** What the page of a job asks for first, without words: it is asked ahead, before the catalogue is there. */
export const jobFirstCalls = {
  read: (id: string) => request("get", "/api/v1/jobs/{id}", { params: { path: { id } } }),
  metrics: (id: string, maxPoints: number, within?: StepRange) =>
    request("get", "/api/v1/jobs/{id}/metrics", { params: { path: { id }, query: { max_points: maxPoints, ...(within && { from_step: within.from, to_step: within.to }) } } }),
  events: (id: string, limit: number, after = 0) => request("get", "/api/v1/jobs/{id}/events", { params: { path: { id }, query: { limit, after } } }),
};
