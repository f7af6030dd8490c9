import type { Role, Tenant } from "@/lib/api-types.ts";

/** What somebody may do in the page; the server decides in the end, this only spares a refused click. */
type Standing = Pick<Tenant, "role" | "restorable_until">;

const isManager = ({ role }: Standing) => role === "owner" || role === "admin";

/** Whether an organisation works: in one that was deleted nothing is changed, begun or asked any more. */
export function isActive({ restorable_until: until }: Standing): boolean {
  return until === null;
}

/** Those who work with data, jobs and models. */
export function isWorker(role: Role): boolean {
  return role === "owner" || role === "admin" || role === "member";
}

export function canRead({ role }: Standing): boolean {
  return role !== "billing";
}

export function canWrite(standing: Standing): boolean {
  return isActive(standing) && isWorker(standing.role);
}

/** Taking data and weights away: also out of an organisation that was deleted. */
export function canTakeAway({ role }: Standing): boolean {
  return isWorker(role);
}

/** Those who answer for what things cost. */
export function canSeeUsage(standing: Standing): boolean {
  return isManager(standing) || standing.role === "billing";
}

/** Looking at what those who manage have for themselves. */
export function canOversee(standing: Standing): boolean {
  return isManager(standing);
}

export function canManage(standing: Standing): boolean {
  return isActive(standing) && isManager(standing);
}
