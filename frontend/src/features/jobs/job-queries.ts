import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { ApiError } from "@/lib/api-error.ts";
import { api, unwrap } from "@/lib/api-client.ts";
import { jobQuery } from "@/features/jobs/job-first-queries.ts";
import type { JobFilter } from "@/features/jobs/job-filter.ts";
import type { Job, JobChange, JobCreate, JobListItem } from "@/lib/api-types.ts";
import { ACTIVE, isTerminal } from "@/lib/job-states.ts";
import { useIdempotencyKey } from "@/lib/use-idempotency-key.ts";
import { isWrittenOver } from "@/lib/written-over.ts";

const LIST_ACTIVE_MS = 3000;
const LIST_QUIET_MS = 20_000;
const DETAIL_POLL_MS = 5000;
const LOG_POLL_MS = 5000;

export const jobKeys = {
  all: ["jobs"] as const,
  list: (filter: JobFilter) => ["jobs", "list", filter] as const,
  detail: (id: string) => jobQuery(id).queryKey,
  evaluation: (id: string) => ["jobs", "evaluation", id] as const,
  trials: (id: string) => ["jobs", "trials", id] as const,
  checkpoints: (id: string) => ["jobs", "checkpoints", id] as const,
  log: (id: string) => ["jobs", "log", id] as const,
  tags: ["jobs", "tags"] as const,
};

export function useJobs(filter: JobFilter = {}) {
  return useInfiniteQuery({
    queryKey: jobKeys.list(filter),
    queryFn: ({ pageParam }) =>
      unwrap(api.GET("/api/v1/jobs", { params: { query: { ...filter, ...(pageParam === null ? {} : { cursor: pageParam }) } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.data.some((job) => ACTIVE.has(job.state))) === true ? LIST_ACTIVE_MS : LIST_QUIET_MS,
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
    queryFn: () => unwrap(api.GET("/api/v1/jobs/{id}/evaluation", { params: { path: { id: job.id } } })),
    enabled: job.state === "succeeded",
    staleTime: Infinity,
  });
}

/** The stream brings the job with the number of trials that are over; each time it grows they are asked for again. */
export function useTrials(job: Job) {
  return useQuery({
    queryKey: [...jobKeys.trials(job.id), job.search?.num_ended ?? 0, job.state],
    queryFn: () => unwrap(api.GET("/api/v1/jobs/{id}/trials", { params: { path: { id: job.id } } })),
    placeholderData: (previous) => previous,
    enabled: job.search !== null,
  });
}

export function useCheckpoints(job: Job) {
  return useQuery({
    queryKey: [...jobKeys.checkpoints(job.id), job.progress.committed_step, job.state],
    queryFn: () => unwrap(api.GET("/api/v1/jobs/{id}/checkpoints", { params: { path: { id: job.id } } })),
    placeholderData: (previous) => previous,
  });
}

/** Asked for anew while the job is at work, and once more when its state changes: the last lines say why it ended. */
export function useJobLog(job: Job) {
  return useQuery({
    queryKey: [...jobKeys.log(job.id), job.state],
    queryFn: () => unwrap(api.GET("/api/v1/jobs/{id}/log", { params: { path: { id: job.id } } })),
    placeholderData: (previous) => previous,
    refetchInterval: ACTIVE.has(job.state) ? LOG_POLL_MS : false,
  });
}

export function useBaseModels() {
  return useQuery({
    queryKey: ["base-models"],
    queryFn: () => unwrap(api.GET("/api/v1/base-models")),
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
    mutationFn: ({ body, key }: { body: JobCreate; key: string }) =>
      unwrap(api.POST("/api/v1/jobs", { body, params: { header: { "Idempotency-Key": key } } })),
    onSuccess: keep,
  });
}

/** A job that makes a model of a checkpoint as it is; pressed twice, it is one. */
export function useDeliverCheckpoint(checkpointId: string) {
  const keep = useJobKept();
  const key = useIdempotencyKey();
  return useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/checkpoints/{id}/deliver", {
          params: { path: { id: checkpointId }, header: { "Idempotency-Key": key(checkpointId) } },
          body: {},
        }),
      ),
    onSuccess: keep,
  });
}

export type JobVerb = "pause" | "resume" | "cancel";

export function useSteerJob(id: string) {
  const client = useQueryClient();
  const keep = useJobKept();
  return useMutation({
    mutationFn: (verb: JobVerb) => {
      const params = { params: { path: { id } } };
      if (verb === "pause") return unwrap(api.POST("/api/v1/jobs/{id}/pause", params));
      if (verb === "resume") return unwrap(api.POST("/api/v1/jobs/{id}/resume", params));
      return unwrap(api.POST("/api/v1/jobs/{id}/cancel", params));
    },
    onSuccess: keep,
    onError: (error) => {
      // Somebody or something was faster: show where the job really is.
      if (error instanceof ApiError && error.status === 409) void client.invalidateQueries({ queryKey: jobKeys.detail(id) });
    },
  });
}

export interface CancelledJob {
  job: JobListItem;
  /** Null where it worked. */
  error: unknown;
}

/** One after the other; a job that cannot be cancelled does not keep the others from it. */
export function useCancelJobs() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (jobs: readonly JobListItem[]) => {
      const told: CancelledJob[] = [];
      for (const job of jobs) {
        const error: unknown = await unwrap(api.POST("/api/v1/jobs/{id}/cancel", { params: { path: { id: job.id } } })).then(
          () => null,
          (reason: unknown) => reason,
        );
        told.push({ job, error });
      }
      return told;
    },
    onSettled: () => client.invalidateQueries({ queryKey: jobKeys.all }),
  });
}

/** Its name, notes or tags. */
export function useDescribeJob(id: string) {
  const client = useQueryClient();
  const keep = useJobKept();
  return useMutation({
    mutationFn: (body: JobChange) => unwrap(api.PATCH("/api/v1/jobs/{id}", { params: { path: { id } }, body })),
    onSuccess: (job) => {
      keep(job);
      void client.invalidateQueries({ queryKey: jobKeys.tags });
    },
    onError: (error) => {
      if (isWrittenOver(error)) void client.invalidateQueries({ queryKey: jobKeys.detail(id) });
    },
  });
}

export function useTagsInUse() {
  return useQuery({ queryKey: jobKeys.tags, queryFn: () => unwrap(api.GET("/api/v1/jobs/tags")) });
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
