import { type CurvesPart, jobFirstCalls } from "@/features/jobs/first-calls.ts";
import type { Grouping, JobFilter } from "@/features/jobs/job-filter.ts";
import type { JobChange, JobCreate } from "@/lib/api-types.ts";
import { call, fileCall, named, once, one, pageAt } from "@/lib/call.ts";

/** Requests about jobs and what comes of them. */
export const jobCalls = {
  list: (filter: JobFilter, cursor: string | null = null) => call("code.job_list", "get", "/api/v1/jobs", { params: { query: { ...filter, ...pageAt(cursor) } } }),
  groups: (by: Grouping | undefined, filter: JobFilter, cursor: string | null = null) =>
    call("code.job_groups", "get", "/api/v1/jobs/groups", { params: { query: { ...(by === undefined ? {} : { by }), ...filter, ...pageAt(cursor) } } }),
  read: (id: string) => named("code.job_read", jobFirstCalls.read(id)),
  launch: (body: JobCreate, key?: string) => call("code.launch", "post", "/api/v1/jobs", { body, params: once(key) }),
  duplicate: (id: string, body: { name?: string }) => call("code.job_duplicate", "post", "/api/v1/jobs/{id}/duplicate", { ...one(id), body }),
  estimate: (body: JobCreate) => call("code.estimate", "post", "/api/v1/jobs/estimate", { body }),
  preview: (body: JobCreate) => call("code.job_preview", "post", "/api/v1/jobs/preview", { body }),
  previewRead: (id: string) => call("code.job_preview_read", "get", "/api/v1/jobs/previews/{id}", one(id)),
  baseModels: () => call("code.base_models", "get", "/api/v1/base-models"),
  tags: () => call("code.job_tags", "get", "/api/v1/jobs/tags"),
  change: (id: string, body: JobChange) => call("code.job_change", "patch", "/api/v1/jobs/{id}", { ...one(id), body }),
  pause: (id: string) => call("code.job_pause", "post", "/api/v1/jobs/{id}/pause", one(id)),
  resume: (id: string) => call("code.job_resume", "post", "/api/v1/jobs/{id}/resume", one(id)),
  cancel: (id: string) => call("code.job_cancel", "post", "/api/v1/jobs/{id}/cancel", one(id)),
  archive: (id: string) => call("code.job_archive", "post", "/api/v1/jobs/{id}/archive", one(id)),
  unarchive: (id: string) => call("code.job_unarchive", "post", "/api/v1/jobs/{id}/unarchive", one(id)),
  evaluation: (id: string) => call("code.job_evaluation", "get", "/api/v1/jobs/{id}/evaluation", one(id)),
  metrics: (id: string, maxPoints: number, part?: CurvesPart) => named("code.job_metrics", jobFirstCalls.metrics(id, maxPoints, part)),
  events: (id: string, limit: number) => named("code.job_events", jobFirstCalls.events(id, limit)),
  log: (id: string) => call("code.job_log", "get", "/api/v1/jobs/{id}/log", one(id)),
  trials: (id: string) => call("code.job_trials", "get", "/api/v1/jobs/{id}/trials", one(id)),
  curveFile: (id: string) => fileCall("code.job_tensorboard", `events.out.tfevents.0.${id}`, "/api/v1/jobs/{id}/tensorboard", { path: { id } }),
  recordFile: (id: string) => fileCall("code.job_record", `record-${id}.json`, "/api/v1/jobs/{id}/record", { path: { id } }),
  checkpoints: (id: string) => call("code.checkpoints", "get", "/api/v1/jobs/{id}/checkpoints", one(id)),
  checkpointLink: (id: string) => call("code.checkpoint_link", "post", "/api/v1/checkpoints/{id}/download-link", one(id)),
  deliver: (id: string, key?: string) => call("code.checkpoint_deliver", "post", "/api/v1/checkpoints/{id}/deliver", { params: { path: { id }, ...once(key) }, body: {} }),
};
