import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";

import { jobCalls } from "@/features/jobs/calls.ts";
import { jobKeys } from "@/features/jobs/job-queries.ts";
import { asApiError, type ApiError, OFFLINE } from "@/lib/api-error.ts";
import type { Job, JobCreate } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { readKept, writeKept } from "@/lib/kept-json.ts";

/** What became of one launch. */
export type Outcome = { state: "asked" } | { state: "made"; job: Job } | { state: "refused"; error: ApiError };
export type Outcomes = ReadonlyMap<string, Outcome>;

/** A launch is known by what it asks for: the same words are the same job, however often they are sent. */
export function outcomeKey(body: JobCreate): string {
  return JSON.stringify(body);
}

/** Of launches that nobody answered yet: the tab keeps them, so that a reload in the middle makes no job twice. */
const KEPT = "anneal.launch-keys";
/** Among them what makes these jobs a batch, since a key goes with one body. */
const BATCH = "batch";

function keptKeys(): Map<string, string> {
  const found = readKept("sessionStorage", KEPT);
  return new Map(Array.isArray(found) ? found.filter((entry): entry is [string, string] => Array.isArray(entry) && entry.length === 2) : []);
}

/**
 * Launches several jobs, one after the other. Each keeps its idempotency key until it is made, so that a second submit, or another try
 * after a lost answer, makes none twice. One that is refused does not keep the others from being made.
 */
export function useLaunchBatch() {
  const client = useQueryClient();
  const [batchId] = useState(() => keptKeys().get(BATCH) ?? crypto.randomUUID());
  const keys = useRef<Map<string, string> | null>(null);
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
      keys.current ??= keptKeys().set(BATCH, batchId);
      let isAnswered = true;
      try {
        for (const body of bodies) {
          const key = outcomeKey(body);
          const before = known.current.get(key);
          if (before?.state === "made") {
            made.push(before.job);
            continue;
          }
          if (!keys.current.has(key)) keys.current.set(key, crypto.randomUUID());
          writeKept("sessionStorage", KEPT, [...keys.current]);
          note(key, { state: "asked" });
          try {
            const job = await send(jobCalls.launch(body, keys.current.get(key)));
            client.setQueryData(jobKeys.detail(job.id), job);
            made.push(job);
            note(key, { state: "made", job });
          } catch (failure) {
            const error = asApiError(failure);
            isAnswered &&= error.code !== OFFLINE;
            note(key, { state: "refused", error });
          }
        }
        // One launch that may have been made keeps the keys of all: whoever sends the batch again after a reload sends all of it.
        if (isAnswered) writeKept("sessionStorage", KEPT, null);
      } finally {
        isRunning.current = false;
        setIsPending(false);
        void client.invalidateQueries({ queryKey: ["jobs", "list"] });
      }
      return made;
    },
    [batchId, client, note],
  );

  return { batchId, launch, isPending, outcomes };
}
