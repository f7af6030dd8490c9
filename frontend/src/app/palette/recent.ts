import type { Group } from "@/app/palette/entry.ts";

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
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(keyOf(tenantId, userId)) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isVisit).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function rememberVisit(tenantId: string, userId: string, visit: Visit): void {
  const others = recentVisits(tenantId, userId).filter(({ to }) => to !== visit.to);
  try {
    sessionStorage.setItem(keyOf(tenantId, userId), JSON.stringify([visit, ...others].slice(0, MOST)));
  } catch {
    // Without storage the palette starts with pages and actions.
  }
}
