/** What can be done with several jobs at once besides ending them: of which jobs, how, and how it is taken back. */
import { jobCalls } from "@/features/jobs/calls.ts";
import type { JobListItem } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { canArchive, canPause, canResume } from "@/lib/job-states.ts";

export const MAX_TAGS = 20;
export const BULK_VERBS = ["pause", "resume", "archive", "unarchive"] as const;
export type BulkVerb = (typeof BULK_VERBS)[number] | "tag" | "untag";

export interface BulkAction {
  verb: BulkVerb;
  isPossible: (job: JobListItem) => boolean;
  act: (job: JobListItem) => Promise<unknown>;
  /** Takes it back; null where that is an act of its own. */
  undo: ((job: JobListItem) => Promise<unknown>) | null;
}

export function bulkAction(verb: (typeof BULK_VERBS)[number]): BulkAction {
  const isPossible = { pause: canPause, resume: canResume, archive: canArchive, unarchive: ({ archived_at }: JobListItem) => archived_at !== null }[verb];
  const inverse = { pause: null, resume: null, archive: "unarchive", unarchive: "archive" } as const;
  const back = inverse[verb];
  return { verb, isPossible, act: ({ id }) => send(jobCalls[verb](id)), undo: back === null ? null : ({ id }) => send(jobCalls[back](id)) };
}

/** Tags that a job has then. What it had when it was chosen comes back with undo. */
export function tagAction(verb: "tag" | "untag", tag: string): BulkAction {
  const has = ({ tags }: JobListItem) => tags.includes(tag);
  return {
    verb,
    isPossible: verb === "untag" ? has : (job) => !has(job) && job.tags.length < MAX_TAGS,
    act: ({ id, tags }) => send(jobCalls.change(id, { tags: verb === "untag" ? tags.filter((one) => one !== tag) : [...tags, tag] })),
    undo: ({ id, tags }) => send(jobCalls.change(id, { tags: [...tags] })),
  };
}
