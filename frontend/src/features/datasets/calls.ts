import type { FilterWish } from "@/features/datasets/change-queries.ts";
import type { DifferenceKind, FileChoices, FixName, ImportWish, MappingChoice, paths, RowChange, Split, SplitChoice, TaskName } from "@/lib/api-types.ts";
import { call, fileCall, once, one, pageAt } from "@/lib/call.ts";
import type { PageQuery } from "@/lib/every-page.ts";
import type { NameFilter } from "@/lib/use-name-filter.ts";
import { renaming } from "@/lib/written-over.ts";

export interface NamedFile {
  upload_id: string;
  split: SplitChoice;
}

export type PreviewQuery = NonNullable<paths["/api/v1/datasets/{id}/preview"]["get"]["parameters"]["query"]>;
export type RowsQuery = NonNullable<paths["/api/v1/dataset-versions/{id}/rows"]["get"]["parameters"]["query"]>;
export type ExportFormat = NonNullable<NonNullable<paths["/api/v1/dataset-versions/{id}/export"]["get"]["parameters"]["query"]>["format"]>;

export interface NamesChoice {
  model_version_id: string;
  types: string[];
}

const oneOnce = (id: string, key: string | undefined) => ({ params: { path: { id }, ...once(key) } });

/** Requests about uploads, datasets, their versions and what the doctor finds. */
export const datasetCalls = {
  list: (filter: NameFilter & { limit?: number; deleted?: boolean }, cursor: string | null = null) =>
    call("code.dataset_list", "get", "/api/v1/datasets", { params: { query: { ...filter, ...pageAt(cursor) } } }),
  read: (id: string) => call("code.dataset_read", "get", "/api/v1/datasets/{id}", one(id)),
  create: (body: { name: string; task: TaskName; files: NamedFile[] }, key?: string) => call("code.upload_dataset", "post", "/api/v1/datasets", { body, params: once(key) }),
  sample: (key?: string) => call("code.dataset_sample", "post", "/api/v1/datasets/sample", { params: once(key) }),
  rename: (id: string, name: string, base?: string) => call("code.dataset_rename", "patch", "/api/v1/datasets/{id}", { ...one(id), body: renaming(name, base) }),
  retask: (id: string, task: TaskName) => call("code.dataset_retask", "patch", "/api/v1/datasets/{id}", { ...one(id), body: { task } }),
  remove: (id: string) => call("code.dataset_delete", "delete", "/api/v1/datasets/{id}", one(id)),
  bringBack: (id: string) => call("code.dataset_bring_back", "post", "/api/v1/datasets/{id}/restore", one(id)),
  preview: (id: string, query: PreviewQuery) => call("code.dataset_preview", "get", "/api/v1/datasets/{id}/preview", { params: { path: { id }, query } }),
  problemsFile: (id: string) => fileCall("code.dataset_problems", "problems.csv", "/api/v1/datasets/{id}/problems.csv", { path: { id } }),
  chooseReading: (id: string, position: number, body: FileChoices) =>
    call("code.file_reading", "patch", "/api/v1/datasets/{dataset_id}/files/{position}", { params: { path: { dataset_id: id, position } }, body }),
  map: (id: string, body: MappingChoice) => call("code.dataset_map", "put", "/api/v1/datasets/{id}/mapping", { ...one(id), body }),
  versions: (id: string, query: Partial<PageQuery> = {}) => call("code.version_list", "get", "/api/v1/datasets/{id}/versions", { params: { path: { id }, query } }),

  change: (id: string, body: { base_version_id: string; kind: "edit" | "relabel"; changes: RowChange[] }, key?: string) =>
    call("code.rows_change", "post", "/api/v1/datasets/{id}/changes", { ...oneOnce(id, key), body }),
  changes: (id: string, limit: number) => call("code.change_list", "get", "/api/v1/datasets/{id}/changes", { params: { path: { id }, query: { limit } } }),
  changeRead: (id: string, changeId: string) =>
    call("code.change_read", "get", "/api/v1/datasets/{dataset_id}/changes/{change_id}", { params: { path: { dataset_id: id, change_id: changeId } } }),
  append: (id: string, body: { files: NamedFile[]; skip_bad_rows: boolean }, key?: string) => call("code.files_append", "post", "/api/v1/datasets/{id}/files", { ...oneOnce(id, key), body }),
  merge: (id: string, body: { version_id: string; base_version_id: string }, key?: string) => call("code.dataset_merge", "post", "/api/v1/datasets/{id}/merge", { ...oneOnce(id, key), body }),
  filter: (id: string, baseId: string, wish: FilterWish, key?: string) =>
    call("code.rows_filter", "post", "/api/v1/datasets/{id}/filter", { ...oneOnce(id, key), body: { ...wish, base_version_id: baseId, dry_run: false } }),
  filterCount: (id: string, baseId: string, wish: FilterWish) =>
    call("code.rows_filter_count", "post", "/api/v1/datasets/{id}/filter", { ...one(id), body: { ...wish, base_version_id: baseId, dry_run: true } }),
  undo: (id: string, key?: string) => call("code.change_undo", "post", "/api/v1/datasets/{id}/undo", oneOnce(id, key)),
  restore: (versionId: string, key?: string) => call("code.version_restore", "post", "/api/v1/dataset-versions/{id}/restore", oneOnce(versionId, key)),

  version: (versionId: string) => call("code.version_read", "get", "/api/v1/dataset-versions/{id}", one(versionId)),
  rows: (versionId: string, query: RowsQuery) => call("code.rows_read", "get", "/api/v1/dataset-versions/{id}/rows", { params: { path: { id: versionId }, query } }),
  difference: (versionId: string, against: string, kind: DifferenceKind, offset: number, limit: number) =>
    call("code.version_diff", "get", "/api/v1/dataset-versions/{id}/diff", { params: { path: { id: versionId }, query: { against, kind, offset, limit } } }),
  exportFile: (versionId: string, saveAs: string, format: ExportFormat, split?: Split) =>
    fileCall("code.version_export", saveAs, "/api/v1/dataset-versions/{id}/export", { path: { id: versionId }, query: { format, ...(split === undefined ? {} : { split }) } }),

  doctor: (versionId: string) => call("code.doctor_report", "get", "/api/v1/dataset-versions/{id}/doctor", one(versionId)),
  difficulty: (versionId: string) => call("code.doctor_map", "get", "/api/v1/dataset-versions/{id}/map", one(versionId)),
  findingRows: (findingId: string, offset: number, limit: number) =>
    call("code.finding_rows", "get", "/api/v1/doctor-findings/{id}/rows", { params: { path: { id: findingId }, query: { offset, limit } } }),
  acceptFix: (findingId: string, body: { fix: FixName; columns?: string[] }, key?: string) =>
    call("code.finding_accept", "post", "/api/v1/doctor-findings/{id}/accept", { ...oneOnce(findingId, key), body }),
  dismiss: (findingId: string) => call("code.finding_dismiss", "post", "/api/v1/doctor-findings/{id}/dismiss", one(findingId)),
  reopen: (findingId: string) => call("code.finding_reopen", "post", "/api/v1/doctor-findings/{id}/reopen", one(findingId)),
  chooseNames: (id: string, body: NamesChoice) => call("code.names_choose", "put", "/api/v1/datasets/{id}/names-model", { ...one(id), body }),
  removeNames: (id: string) => call("code.names_remove", "delete", "/api/v1/datasets/{id}/names-model", one(id)),
  effect: (findingId: string) => call("code.effect_read", "get", "/api/v1/doctor-findings/{id}/effect", one(findingId)),
  measure: (findingId: string, key?: string) => call("code.effect_measure", "post", "/api/v1/doctor-findings/{id}/effect", oneOnce(findingId, key)),

  importFile: (body: ImportWish) => call("code.upload_import", "post", "/api/v1/uploads/import", { body }),
  listBucket: (body: { url: string; s3: NonNullable<ImportWish["s3"]> }) => call("code.upload_bucket", "post", "/api/v1/uploads/import/list", { body }),
  uploadRead: (id: string) => call("code.upload_read", "get", "/api/v1/uploads/{id}", one(id)),
  retryImport: (id: string) => call("code.upload_retry", "post", "/api/v1/uploads/{id}/retry", one(id)),
  dropUpload: (id: string) => call("code.upload_delete", "delete", "/api/v1/uploads/{id}", { params: { path: { id }, header: { "Tus-Resumable": "1.0.0" } } }),
};
