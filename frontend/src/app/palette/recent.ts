import type { Group } from "@/app/palette/entry.ts";
import { readKept, writeKept } from "@/lib/kept-json.ts";

/** Where somebody went by the palette; an entry again when its page or thing is still known by name. */
export interface Visit {
  group: Extract<Group, "pages" | "datasets" | "jobs" | "models">;
  label: string;
  to: string;
}

const MOST = 5;
const GROUP_NAMES: readonly string[] = ["pages", "datasets", "jobs", "models"];

// Of this tab alone: names of a customer's things do not outlive the session on a shared computer.
const keyOf = (tenantId: string, userId: string) => `anneal.visits.${tenantId}.${userId}`;

function isVisit(value: unknown): value is Visit {
  if (typeof value !== "object" || value === null) return false;
  const { group, label, to } = value as Record<string, unknown>;
  return typeof group === "string" && GROUP_NAMES.includes(group) && typeof label === "string" && typeof to === "string" && to.startsWith("/");
}

/** The last few, the newest first. */
export function recentVisits(tenantId: string, userId: string): Visit[] {
  const kept = readKept("sessionStorage", keyOf(tenantId, userId));
  return Array.isArray(kept) ? kept.filter(isVisit).slice(0, MOST) : [];
}

export function rememberVisit(tenantId: string, userId: string, visit: Visit): void {
  const others = recentVisits(tenantId, userId).filter(({ to }) => to !== visit.to);
  writeKept("sessionStorage", keyOf(tenantId, userId), [visit, ...others].slice(0, MOST));
}
