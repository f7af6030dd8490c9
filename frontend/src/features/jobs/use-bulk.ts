import { useState } from "react";

import type { BulkAction, BulkVerb } from "@/features/jobs/bulk-actions.ts";
import { type TriedJob, useEachJob } from "@/features/jobs/use-each-job.ts";
import type { JobListItem } from "@/lib/api-types.ts";

interface Run {
  action: BulkAction;
  jobs: readonly JobListItem[];
  isUndo: boolean;
}

export interface Bulk {
  verb: BulkVerb | null;
  isUndo: boolean;
  isPending: boolean;
  numDone: number;
  numJobs: number;
  /** What became of each; null before all are tried. */
  tried: readonly TriedJob[] | null;
  start: (action: BulkAction, jobs: readonly JobListItem[]) => void;
  /** Null where nothing can be taken back. */
  undo: (() => void) | null;
  forget: () => void;
}

/** One act on several jobs: how far it is, what came of it, and the way back. */
export function useBulk(): Bulk {
  const each = useEachJob();
  const [run, setRun] = useState<Run | null>(null);
  const begin = (next: Run) => {
    const act = next.isUndo ? next.action.undo : next.action.act;
    if (act === null) return;
    setRun(next);
    each.mutate({ jobs: next.jobs, act });
  };
  const tried = run === null ? null : (each.data ?? null);
  const done = tried?.filter(({ error }) => error === null).map(({ job }) => job) ?? [];
  const canUndo = run?.action.undo != null && !run.isUndo && done.length > 0 && !each.isPending;
  return {
    verb: run?.action.verb ?? null,
    isUndo: run?.isUndo ?? false,
    isPending: each.isPending,
    numDone: each.numDone,
    numJobs: run?.jobs.length ?? 0,
    tried,
    start: (action, jobs) => begin({ action, jobs: jobs.filter(action.isPossible), isUndo: false }),
    undo: canUndo ? () => begin({ action: run.action, jobs: done, isUndo: true }) : null,
    forget: () => {
      setRun(null);
      each.reset();
    },
  };
}
