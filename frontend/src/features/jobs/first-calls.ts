import { request } from "@/lib/call.ts";

/** The first and the last step of a part of a run. */
export interface StepRange {
  from: number;
  to: number;
}

/** Of the curves of these names alone. */
export interface CurvesPart extends StepRange {
  names: readonly string[];
}

/** What the page of a job asks for first, without words: it is asked ahead, before the catalogue is there. */
export const jobFirstCalls = {
  read: (id: string) => request("get", "/api/v1/jobs/{id}", { params: { path: { id } } }),
  metrics: (id: string, maxPoints: number, part?: CurvesPart) =>
    request("get", "/api/v1/jobs/{id}/metrics", {
      params: { path: { id }, query: { max_points: maxPoints, ...(part && { names: part.names.join(","), from_step: part.from, to_step: part.to }) } },
    }),
  events: (id: string, limit: number, after = 0) => request("get", "/api/v1/jobs/{id}/events", { params: { path: { id }, query: { limit, after } } }),
};
