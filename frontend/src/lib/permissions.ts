import type { Role } from "@/lib/api-types.ts";

/** What a role may do in the page; the server decides in the end, this only spares a refused click. */
export function canRead(role: Role): boolean {
  return role !== "billing";
}

export function canWrite(role: Role): boolean {
  return role === "owner" || role === "admin" || role === "member";
}

/** Those who answer for what things cost. */
export function canSeeUsage(role: Role): boolean {
  return role === "owner" || role === "admin" || role === "billing";
}

export function canManage(role: Role): boolean {
  return role === "owner" || role === "admin";
}
