import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { jobKeys } from "@/features/jobs/job-queries.ts";
import type { JobListItem } from "@/lib/api-types.ts";

export interface TriedJob {
  job: JobListItem;
  /** Null where it worked. */
  error: unknown;
}

interface Wish {
  jobs: readonly JobListItem[];
  act: (job: JobListItem) => Promise<unknown>;
}

/** The same of several jobs, one after the other; a job that it cannot be done with does not keep the others from it. */
export function useEachJob() {
  const client = useQueryClient();
  const [numDone, setNumDone] = useState(0);
  const mutation = useMutation({
    mutationFn: async ({ jobs, act }: Wish) => {
      const tried: TriedJob[] = [];
      setNumDone(0);
      for (const job of jobs) {
        const error: unknown = await act(job).then(
          () => null,
          (reason: unknown) => reason,
        );
        tried.push({ job, error });
        setNumDone(tried.length);
      }
      return tried;
    },
    onSettled: () => client.invalidateQueries({ queryKey: jobKeys.all }),
  });
  return { ...mutation, numDone };
}
