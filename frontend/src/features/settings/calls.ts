import type { paths, Role } from "@/lib/api-types.ts";
import { call, fileCall, one, pageAt } from "@/lib/call.ts";
import { renaming } from "@/lib/written-over.ts";

export type AuditQuery = NonNullable<paths["/api/v1/audit-log.csv"]["get"]["parameters"]["query"]>;

/** Requests about the organisation: who belongs to it, its keys, what was done in it and what it uses. */
export const settingsCalls = {
  read: () => call("code.tenant_read", "get", "/api/v1/tenant"),
  rename: (name: string, base?: string) => call("code.tenant_rename", "patch", "/api/v1/tenant", { body: renaming(name, base) }),
  members: () => call("code.member_list", "get", "/api/v1/members"),
  changeRole: (id: string, role: Role) => call("code.member_role", "patch", "/api/v1/members/{id}", { ...one(id), body: { role } }),
  removeMember: (id: string) => call("code.member_remove", "delete", "/api/v1/members/{id}", one(id)),
  invitations: () => call("code.invitation_list", "get", "/api/v1/invitations"),
  invite: (body: { email: string; role: Role }) => call("code.invite", "post", "/api/v1/invitations", { body }),
  revokeInvitation: (id: string) => call("code.invitation_revoke", "delete", "/api/v1/invitations/{id}", one(id)),
  apiKeys: () => call("code.key_list", "get", "/api/v1/api-keys"),
  revokeKey: (id: string) => call("code.key_revoke", "delete", "/api/v1/api-keys/{id}", one(id)),
  auditLog: (query: AuditQuery, cursor: string | null = null) => call("code.audit_list", "get", "/api/v1/audit-log", { params: { query: { ...query, ...pageAt(cursor) } } }),
  auditActions: () => call("code.audit_actions", "get", "/api/v1/audit-log/actions"),
  auditFile: (query: AuditQuery) => fileCall("code.audit_csv", "audit-log.csv", "/api/v1/audit-log.csv", { query }),
  quotas: () => call("code.quotas", "get", "/api/v1/quotas"),
  usage: () => call("code.usage", "get", "/api/v1/usage"),
};
