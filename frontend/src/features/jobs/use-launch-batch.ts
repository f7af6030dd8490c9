import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";

import { jobKeys } from "@/features/jobs/job-queries.ts";
import { api, unwrap } from "@/lib/api-client.ts";
import { asApiError, type ApiError } from "@/lib/api-error.ts";
import type { Job, JobCreate } from "@/lib/api-types.ts";

/** What became of one launch. */
export type Outcome = { state: "asked" } | { state: "made"; job: Job } | { state: "refused"; error: ApiError };
export type Outcomes = ReadonlyMap<string, Outcome>;

/** A launch is known by what it asks for: the same words are the same job, however often they are sent. */
export function outcomeKey(body: JobCreate): string {
  return JSON.stringify(body);
}

/**
 * Launches several jobs, one after the other. Each keeps its idempotency key until it is made, so that a second submit, or another try
 * after a lost answer, makes none twice. One that is refused does not keep the others from being made.
 */
export function useLaunchBatch() {
  const client = useQueryClient();
  const keys = useRef(new Map<string, string>());
  const isRunning = useRef(false);
  const [isPending, setIsPending] = useState(false);
  // For the launch under way, which outlives renders; the page shows `outcomes`.
  const known = useRef<Outcomes>(new Map());
  const [outcomes, setOutcomes] = useState<Outcomes>(new Map());

  const note = useCallback((key: string, outcome: Outcome) => {
    known.current = new Map([...known.current, [key, outcome]]);
    setOutcomes(known.current);
  }, []);

  const launch = useCallback(
    async (bodies: readonly JobCreate[]): Promise<Job[] | null> => {
      if (isRunning.current) return null;
      isRunning.current = true;
      setIsPending(true);
      const made: Job[] = [];
      try {
        for (const body of bodies) {
          const key = outcomeKey(body);
          const before = known.current.get(key);
          if (before?.state === "made") {
            made.push(before.job);
            continue;
          }
          if (!keys.current.has(key)) keys.current.set(key, crypto.randomUUID());
          note(key, { state: "asked" });
          try {
            const job = await unwrap(api.POST("/api/v1/jobs", { body, params: { header: { "Idempotency-Key": keys.current.get(key) ?? "" } } }));
            client.setQueryData(jobKeys.detail(job.id), job);
            made.push(job);
            note(key, { state: "made", job });
          } catch (error) {
            note(key, { state: "refused", error: asApiError(error) });
          }
        }
      } finally {
        isRunning.current = false;
        setIsPending(false);
        void client.invalidateQueries({ queryKey: ["jobs", "list"] });
      }
      return made;
    },
    [client, note],
  );

  return { launch, isPending, outcomes };
}
