import type { LabelResolve, LabelSessionChange, LabelSessionCreate, LabelValue } from "@/lib/api-types.ts";
import { call, once, one, pageAt } from "@/lib/call.ts";

/** Requests about labelling sessions. Labelling itself is left out: rows are handed to people, and a key is none. */
export const labellingCalls = {
  list: (datasetId: string, cursor: string | null = null) =>
    call("code.session_list", "get", "/api/v1/datasets/{id}/label-sessions", { params: { path: { id: datasetId }, query: pageAt(cursor) } }),
  start: (datasetId: string, body: LabelSessionCreate, key?: string) =>
    call("code.session_start", "post", "/api/v1/datasets/{id}/label-sessions", { params: { path: { id: datasetId }, ...once(key) }, body }),
  score: (modelVersionId: string, datasetVersionId: string) =>
    call("code.session_score", "post", "/api/v1/model-versions/{id}/row-scores", { ...one(modelVersionId), body: { dataset_version_id: datasetVersionId } }),
  read: (id: string) => call("code.session_read", "get", "/api/v1/label-sessions/{id}", one(id)),
  progress: (id: string) => call("code.session_progress", "get", "/api/v1/label-sessions/{id}/progress", one(id)),
  change: (id: string, body: LabelSessionChange) => call("code.session_change", "patch", "/api/v1/label-sessions/{id}", { ...one(id), body }),
  disagreements: (id: string, offset: number, limit: number) =>
    call("code.session_disagreements", "get", "/api/v1/label-sessions/{id}/disagreements", { params: { path: { id }, query: { offset, limit } } }),
  decide: (id: string, rowId: number, value: LabelValue) =>
    call("code.session_decide", "put", "/api/v1/label-sessions/{label_session_id}/decisions/{row_id}", { params: { path: { label_session_id: id, row_id: rowId } }, body: { value } }),
  finish: (id: string, resolve: LabelResolve, key?: string) => call("code.session_finish", "post", "/api/v1/label-sessions/{id}/finish", { params: { path: { id }, ...once(key) }, body: { resolve } }),
};
