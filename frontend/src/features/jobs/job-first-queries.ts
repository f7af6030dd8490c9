import { queryOptions } from "@tanstack/react-query";
import { jobFirstCalls } from "@/features/jobs/first-calls.ts";
import type { JobEvent } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";

/** What the page of a job asks for first. Apart from the other questions about jobs, so that asking ahead loads little. */

export const MAX_POINTS = 2000;
const EVENTS_A_PAGE = 100;
/** What a job does not reach that is not moved to and fro by hand. */
const MAX_EVENT_PAGES = 10;

export function jobQuery(id: string) {
  return queryOptions({
    queryKey: ["jobs", "detail", id] as const,
    queryFn: () => send(jobFirstCalls.read(id)),
  });
}

async function eventsOf(id: string): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  for (let page = 0; page < MAX_EVENT_PAGES; page += 1) {
    const after = events.at(-1)?.seq ?? 0;
    const { data, next_cursor: next } = await send(jobFirstCalls.events(id, EVENTS_A_PAGE, after));
    events.push(...data);
    if (next === null) break;
  }
  return events;
}

/** Curves, thinned, and all events. A history that is seconds old is as good as a new one: the stream goes on from where it ends. */
export function jobHistoryQuery(id: string) {
  return queryOptions({
    queryKey: ["jobs", "history", id] as const,
    queryFn: async () => {
      const [metrics, events] = await Promise.all([
        send(jobFirstCalls.metrics(id, MAX_POINTS)),
        eventsOf(id),
      ]);
      return { metrics, events };
    },
    staleTime: 5000,
    gcTime: 30_000,
  });
}
