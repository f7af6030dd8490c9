import type { paths } from "@/lib/api-types.ts";
import { call, one, pageAt } from "@/lib/call.ts";
import type { PageQuery } from "@/lib/every-page.ts";
import type { NameFilter } from "@/lib/use-name-filter.ts";
import { renaming } from "@/lib/written-over.ts";

export type FoundVersionsQuery = NonNullable<paths["/api/v1/model-versions"]["get"]["parameters"]["query"]>;
export type PredictBody = NonNullable<paths["/api/v1/model-versions/{id}/predict"]["post"]["requestBody"]>["content"]["application/json"];

/** Requests about models, their versions and files. */
export const modelCalls = {
  list: (filter: NameFilter & { deleted?: boolean }, cursor: string | null = null) => call("code.model_list", "get", "/api/v1/models", { params: { query: { ...filter, ...pageAt(cursor) } } }),
  read: (id: string) => call("code.model_read", "get", "/api/v1/models/{id}", one(id)),
  versions: (id: string, query: Partial<PageQuery> = {}) => call("code.model_versions", "get", "/api/v1/models/{id}/versions", { params: { path: { id }, query } }),
  version: (id: string) => call("code.model_version", "get", "/api/v1/model-versions/{id}", one(id)),
  card: (id: string) => call("code.model_card", "get", "/api/v1/model-versions/{id}/card", one(id)),
  foundVersions: (query: FoundVersionsQuery) => call("code.model_versions_found", "get", "/api/v1/model-versions", { params: { query } }),
  lineage: (id: string, versionId: string) => call("code.model_lineage", "get", "/api/v1/models/{id}/lineage", { params: { path: { id }, query: { version_id: versionId } } }),
  rename: (id: string, name: string, base?: string) => call("code.model_rename", "patch", "/api/v1/models/{id}", { ...one(id), body: renaming(name, base) }),
  remove: (id: string) => call("code.model_delete", "delete", "/api/v1/models/{id}", one(id)),
  bringBack: (id: string, name?: string) => call("code.model_bring_back", "post", "/api/v1/models/{id}/restore", { ...one(id), body: name === undefined ? {} : { name } }),
  predict: (versionId: string, body: PredictBody) => call("code.predict", "post", "/api/v1/model-versions/{id}/predict", { ...one(versionId), body }),
  downloadLink: (artifactId: string) => call("code.download_link", "post", "/api/v1/artifacts/{id}/download-link", one(artifactId)),
};
