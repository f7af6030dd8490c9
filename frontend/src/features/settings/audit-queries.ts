import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client.ts";
import type { AuditAction } from "@/lib/api-types.ts";
import { saveContent } from "@/lib/save-content.ts";

/** What is wanted of the log; days as `YYYY-MM-DD` in the time zone of the browser, both of them included. */
export interface AuditFilter {
  person: string | null;
  action: AuditAction | null;
  from: string;
  to: string;
}

export const NO_FILTER: AuditFilter = { person: null, action: null, from: "", to: "" };

/** The beginning of a day of the browser's calendar, or of the one after it; null when that is no day. */
function startOfDay(day: string, after = 0): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!match) return null;
  const date = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + after);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

export function auditQuery({ person, action, from, to }: AuditFilter) {
  const since = startOfDay(from);
  const until = startOfDay(to, 1);
  return {
    ...(person === null ? {} : { person }),
    ...(action === null ? {} : { action }),
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
  };
}

export function useAuditLog(filter: AuditFilter, isEnabled: boolean) {
  const query = auditQuery(filter);
  return useInfiniteQuery({
    queryKey: ["settings", "audit-log", query],
    queryFn: ({ pageParam }) => unwrap(api.GET("/api/v1/audit-log", { params: { query: { ...query, ...(pageParam === null ? {} : { cursor: pageParam }) } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    enabled: isEnabled,
  });
}

export function useAuditActions(isEnabled: boolean) {
  return useQuery({
    queryKey: ["settings", "audit-actions"],
    queryFn: () => unwrap(api.GET("/api/v1/audit-log/actions")),
    enabled: isEnabled,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Fetched rather than linked to, so that its words come in the language of the page. */
export function useAuditCsv() {
  return useMutation({
    mutationFn: async (filter: AuditFilter) => {
      saveContent(await unwrap(api.GET("/api/v1/audit-log.csv", { params: { query: auditQuery(filter) }, parseAs: "blob" })), "audit-log.csv");
    },
  });
}
