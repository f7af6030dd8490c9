import type { Role } from "@/lib/api-types.ts";

export const ROLES: readonly Role[] = ["owner", "admin", "member", "viewer", "billing"];

/** Only owners make owners. */
export function assignableRoles(actor: Role): readonly Role[] {
  return actor === "owner" ? ROLES : ROLES.filter((role) => role !== "owner");
}
