import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { jobCalls } from "@/features/jobs/calls.ts";
import { ApiError } from "@/lib/api-error.ts";
import { api } from "@/lib/api-client.ts";
import { jobQuery } from "@/features/jobs/job-first-queries.ts";
import { type Grouping, type JobFilter, withoutGroup, withoutOrder } from "@/features/jobs/job-filter.ts";
import type { Job, JobChange, JobCreate } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { shownAtOnce, useHoped } from "@/lib/hoped.ts";
import { ACTIVE, isTerminal } from "@/lib/job-states.ts";
import { useIdempotencyKey } from "@/lib/use-idempotency-key.ts";
import { useNow } from "@/lib/use-now.ts";
import { isWrittenOver } from "@/lib/written-over.ts";

const LIST_ACTIVE_MS = 3000;
const LIST_QUIET_MS = 20_000;
const DETAIL_POLL_MS = 5000;
const LOG_POLL_MS = 5000;

export const jobKeys = {
  all: ["jobs"] as const,
  list: (filter: JobFilter) => ["jobs", "list", filter] as const,
  groups: (by: Grouping | undefined, filter: JobFilter) => ["jobs", "list", "groups", by, filter] as const,
  detail: (id: string) => jobQuery(id).queryKey,
  evaluation: (id: string) => ["jobs", "evaluation", id] as const,
  trials: (id: string) => ["jobs", "trials", id] as const,
  checkpoints: (id: string) => ["jobs", "checkpoints", id] as const,
  log: (id: string) => ["jobs", "log", id] as const,
  tags: ["jobs", "tags"] as const,
  describing: (id: string) => ["jobs", "describing", id] as const,
  steering: (id: string) => ["jobs", "steering", id] as const,
};

export function useJobs(filter: JobFilter = {}, { enabled = true }: { enabled?: boolean } = {}) {
  const asked = withoutGroup(filter);
  return useInfiniteQuery({
    enabled,
    queryKey: jobKeys.list(asked),
    queryFn: ({ pageParam }) => send(jobCalls.list(asked, pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.data.some((job) => ACTIVE.has(job.state))) === true ? LIST_ACTIVE_MS : LIST_QUIET_MS,
  });
}

/** The groups of the jobs that a list has, counted by the server; asked for where the list is grouped. */
export function useJobGroups(by: Grouping | undefined, filter: JobFilter) {
  const asked = withoutOrder(filter);
  return useInfiniteQuery({
    enabled: by !== undefined,
    queryKey: jobKeys.groups(by, asked),
    queryFn: ({ pageParam }) => send(jobCalls.groups(by, asked, pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: LIST_QUIET_MS,
  });
}

/** The stream keeps the job fresh; while there is none, it is asked for every few seconds. */
export function useJob(id: string, isLive: boolean) {
  return useQuery({
    ...jobQuery(id),
    refetchInterval: (query) => {
      const job = query.state.data;
      return job && !isTerminal(job.state) && !isLive ? DETAIL_POLL_MS : false;
    },
    enabled: id !== "",
  });
}

export function useEvaluation(job: Job) {
  return useQuery({
    queryKey: jobKeys.evaluation(job.id),
    queryFn: () => send(jobCalls.evaluation(job.id)),
    enabled: job.state === "succeeded",
    staleTime: Infinity,
  });
}

/** The stream brings the job with the number of trials that are over; each time it grows they are asked for again. */
export function useTrials(job: Job) {
  return useQuery({
    queryKey: [...jobKeys.trials(job.id), job.search?.num_ended ?? 0, job.state],
    queryFn: () => send(jobCalls.trials(job.id)),
    placeholderData: (previous) => previous,
    enabled: job.search !== null,
  });
}

export function useCheckpoints(job: Job) {
  return useQuery({
    queryKey: [...jobKeys.checkpoints(job.id), job.progress.committed_step, job.state],
    queryFn: () => send(jobCalls.checkpoints(job.id)),
    placeholderData: (previous) => previous,
  });
}

/** Asked for anew while the job is at work, and once more when its state changes: the last lines say why it ended. */
export function useJobLog(job: Job) {
  return useQuery({
    queryKey: [...jobKeys.log(job.id), job.state],
    queryFn: () => send(jobCalls.log(job.id)),
    placeholderData: (previous) => previous,
    refetchInterval: ACTIVE.has(job.state) ? LOG_POLL_MS : false,
  });
}

export function useBaseModels() {
  return useQuery({
    queryKey: ["base-models"],
    queryFn: () => send(jobCalls.baseModels()),
    staleTime: Infinity,
  });
}

/** Keeps a job that was made or changed, and has lists asked for anew. */
function useJobKept() {
  const client = useQueryClient();
  return (job: Job) => {
    client.setQueryData(jobKeys.detail(job.id), job);
    void client.invalidateQueries({ queryKey: ["jobs", "list"] });
  };
}

export function useLaunchJob() {
  const keep = useJobKept();
  return useMutation({
    mutationFn: ({ body, key }: { body: JobCreate; key: string }) => send(jobCalls.launch(body, key)),
    onSuccess: keep,
  });
}

/** A job that makes a model of a checkpoint as it is; pressed twice, it is one. */
export function useDeliverCheckpoint(checkpointId: string) {
  const keep = useJobKept();
  const key = useIdempotencyKey();
  return useMutation({
    mutationFn: () => send(jobCalls.deliver(checkpointId, key(checkpointId))),
    onSuccess: keep,
  });
}

export type JobVerb = "pause" | "resume" | "cancel" | "archive" | "unarchive";

export function useSteerJob(id: string) {
  const client = useQueryClient();
  const keep = useJobKept();
  return useMutation({
    ...shownAtOnce(jobKeys.steering(id)),
    mutationFn: (verb: JobVerb) => send(jobCalls[verb](id)),
    onSuccess: keep,
    onError: (error) => {
      // Somebody or something was faster: show where the job really is.
      if (error instanceof ApiError && error.status === 409) void client.invalidateQueries({ queryKey: jobKeys.detail(id) });
    },
  });
}

/** Whether and when it was put away, once what is under way is done. */
export function useHopedArchived(job: Job): string | null {
  const now = useNow();
  return useHoped(jobKeys.steering(job.id), job.archived_at, (at, verb: JobVerb) => (verb === "archive" ? (at ?? new Date(now).toISOString()) : verb === "unarchive" ? null : at));
}

/** Its name, notes or tags, which are shown at once; who has written over those of somebody else is told, and none are lost. */
export function useDescribeJob(id: string) {
  const client = useQueryClient();
  const keep = useJobKept();
  return useMutation({
    ...shownAtOnce(jobKeys.describing(id)),
    mutationFn: (body: JobChange) => send(jobCalls.change(id, body)),
    onSuccess: (job) => {
      keep(job);
      void client.invalidateQueries({ queryKey: jobKeys.tags });
    },
    onError: (error) => {
      if (isWrittenOver(error)) void client.invalidateQueries({ queryKey: jobKeys.detail(id) });
    },
  });
}

/** The tags that it will have when what is under way is done. */
export function useHopedTags(job: Job): readonly string[] {
  return useHoped(jobKeys.describing(job.id), job.tags, (tags, change: JobChange) => change.tags ?? tags);
}

export function useHopedJobName(job: Job): string {
  return useHoped(jobKeys.describing(job.id), job.name, (name, change: JobChange) => change.name ?? name);
}

export function useHopedNotes(job: Job): string {
  return useHoped(jobKeys.describing(job.id), job.notes, (notes, change: JobChange) => change.notes ?? notes);
}

export function useTagsInUse() {
  return useQuery({ queryKey: jobKeys.tags, queryFn: () => send(jobCalls.tags()) });
}

/** Whoever has a failed job before them has looked at it, so it no longer waits at home. */
export function useLookedAt(job: Job | undefined): void {
  const client = useQueryClient();
  const failed = job?.state === "failed" ? job.id : null;
  useEffect(() => {
    if (failed === null) return;
    // One that failed long ago does not wait, and the server says so; there is nothing to tell anybody.
    void api.POST("/api/v1/home/dismissals", { body: { kind: "job_failed", id: failed } }).then(
      () => client.invalidateQueries({ queryKey: ["home"] }),
      () => undefined,
    );
  }, [client, failed]);
}
