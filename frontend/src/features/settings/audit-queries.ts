import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";

import { settingsCalls } from "@/features/settings/calls.ts";
import type { AuditAction } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
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
    queryFn: ({ pageParam }) => send(settingsCalls.auditLog(query, pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    enabled: isEnabled,
  });
}

export function useAuditActions(isEnabled: boolean) {
  return useQuery({
    queryKey: ["settings", "audit-actions"],
    queryFn: () => send(settingsCalls.auditActions()),
    enabled: isEnabled,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Fetched rather than linked to, so that its words come in the language of the page. */
export function useAuditCsv() {
  return useMutation({
    mutationFn: async (filter: AuditFilter) => {
      const file = settingsCalls.auditFile(auditQuery(filter));
      saveContent(await send(file), file.saveAs ?? "");
    },
  });
}
