import { queryOptions } from "@tanstack/react-query";
import { jobFirstCalls } from "@/features/jobs/first-calls.ts";
import { send } from "@/lib/call.ts";


/** What the page of a job asks for first. Apart from the other questions about jobs, so that asking ahead loads little. */

export const MAX_POINTS = 2000;
const HISTORY_EVENTS = 100;

export function jobQuery(id: string) {
  return queryOptions({
    queryKey: ["jobs", "detail", id] as const,
    queryFn: () => send(jobFirstCalls.read(id)),
  });
}

/** Curves, thinned, and the latest events. A history that is seconds old is as good as a new one: the stream goes on from where it ends. */
export function jobHistoryQuery(id: string) {
  return queryOptions({
    queryKey: ["jobs", "history", id] as const,
    queryFn: async () => {
      const [metrics, events] = await Promise.all([
        send(jobFirstCalls.metrics(id, MAX_POINTS)),
        send(jobFirstCalls.events(id, HISTORY_EVENTS)),
      ]);
      return { metrics, events: events.data };
    },
    staleTime: 5000,
    gcTime: 30_000,
  });
}
