import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useReducer } from "react";

import { jobHistoryQuery, MAX_POINTS } from "@/features/jobs/job-first-queries.ts";
import { jobKeys } from "@/features/jobs/job-queries.ts";
import { EMPTY_STREAM, jobStream, type JobStream } from "@/features/jobs/job-stream.ts";
import { notificationKeys } from "@/features/notifications/notification-queries.ts";
import { sessionQuery } from "@/features/session/session-queries.ts";
import type { Job, JobEvent, MetricPoint, Metrics, ResourcePoint } from "@/lib/api-types.ts";
import { asApiError } from "@/lib/api-error.ts";
import { openEventStream } from "@/lib/event-stream.ts";
import { withTenant } from "@/lib/request-context.ts";

/**
 * History first, then the stream from where history ends. `generation` changes when a finished stream has to be
 * opened anew (a paused job that goes on).
 */
export function useJobStream(id: string, generation: string): JobStream {
  const client = useQueryClient();
  const [state, dispatch] = useReducer(jobStream, EMPTY_STREAM);

  useEffect(() => {
    let close: (() => void) | null = null;
    let isGone = false;
    const open = (after: number) => {
      if (isGone) return;
      close = openEventStream({
        url: (seq) => withTenant(`/api/v1/jobs/${id}/stream`, { after: seq, max_points: MAX_POINTS }),
        after,
        types: ["job", "metrics", "curves", "note"],
        endType: "end",
        onState: (connection) => {
          dispatch({ type: "connection", connection });
          // A stream does not say why it was refused: that nobody is signed in any more, say.
          if (connection === "lost") client.query(sessionQuery).catch(() => undefined);
          if (connection !== "ended") return;
          void client.invalidateQueries({ queryKey: jobKeys.detail(id) });
          // That it ended, somebody may have been told.
          void client.invalidateQueries({ queryKey: notificationKeys.all });
        },
        onEvent: ({ type, seq, data }) => {
          if (data === null) return;
          // Laid over what is known, so that a shorter form of the job takes nothing away.
          if (type === "job") client.setQueryData<Job>(jobKeys.detail(id), (old) => ({ ...old, ...(data as Job) }));
          else if (type === "metrics") dispatch({ type: "points", seq, ...(data as { seconds: number | null; points: MetricPoint[]; resources?: ResourcePoint[] }) });
          // Very much came while nobody listened: it comes thinned, as history does.
          else if (type === "curves") dispatch({ type: "metrics_loaded", metrics: data as Metrics });
          else dispatch({ type: "note", seq, event: data as JobEvent });
        },
      });
    };
    client
      .query(jobHistoryQuery(id))
      .then(({ metrics, events }) => {
        if (isGone) return;
        dispatch({ type: "metrics_loaded", metrics });
        dispatch({ type: "events_loaded", events });
        open(metrics.last_seq);
      })
      // Without history the stream tells all from its beginning, thinned where that is much; a job that is not there has none to tell.
      .catch((error: unknown) => {
        if (!asApiError(error).isMissing) open(0);
      });
    return () => {
      isGone = true;
      close?.();
    };
  }, [id, generation, client]);

  return state;
}
