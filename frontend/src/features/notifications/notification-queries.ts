import { type InfiniteData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client.ts";
import type { NotificationPage, NotificationSettings, NotificationWays } from "@/lib/api-types.ts";

/** Asked by the tab that is looked at alone: ten open tabs cost one question. */
const POLL_MS = 20_000;

export const notificationKeys = {
  all: ["notifications"],
  count: ["notifications", "count"],
  list: ["notifications", "list"],
  settings: ["notifications", "settings"],
} as const;

export function useUnreadCount() {
  return useQuery({
    queryKey: notificationKeys.count,
    queryFn: async () => (await unwrap(api.GET("/api/v1/notifications/unread-count"))).num_unread,
    refetchInterval: POLL_MS,
    // Whatever the tab that comes to the front knows may have been read in another one.
    refetchOnWindowFocus: "always",
  });
}

/** What there is, a page at a time; the number of unread ones comes along. */
export function useNotifications() {
  const client = useQueryClient();
  return useInfiniteQuery({
    queryKey: notificationKeys.list,
    queryFn: async ({ pageParam }) => {
      const page = await unwrap(api.GET("/api/v1/notifications", { params: { query: { limit: 20, ...(pageParam === null ? {} : { cursor: pageParam }) } } }));
      client.setQueryData(notificationKeys.count, page.num_unread);
      return page;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: POLL_MS,
    staleTime: 0,
  });
}

type Which = { ids: string[] } | { until: string };

/** Read or unread again; what was changed is shown at once when the server has confirmed it. */
export function useMark() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ isRead, ...which }: Which & { isRead: boolean }) => {
      if (isRead) return unwrap(api.POST("/api/v1/notifications/read", { body: which }));
      return unwrap(api.POST("/api/v1/notifications/unread", { body: { ids: "ids" in which ? which.ids : [] } }));
    },
    onSuccess: ({ ids }, { isRead }) => {
      const changed = new Set(ids);
      client.setQueryData<InfiniteData<NotificationPage>>(
        notificationKeys.list,
        (old) =>
          old && {
            ...old,
            pages: old.pages.map((page) => ({ ...page, data: page.data.map((one) => (changed.has(one.id) ? { ...one, is_read: isRead } : one)) })),
          },
      );
    },
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: notificationKeys.count }), client.invalidateQueries({ queryKey: notificationKeys.list })]),
  });
}

export function useNotificationSettings() {
  return useQuery({ queryKey: notificationKeys.settings, queryFn: () => unwrap(api.GET("/api/v1/notifications/settings")) });
}

export interface SettingsChange {
  kinds: NotificationWays[];
  follows_all_jobs: boolean;
}

/** Shown at once, and taken back where the server refuses. */
export function useChangeNotificationSettings() {
  const client = useQueryClient();
  const mutationKey = notificationKeys.settings;
  return useMutation({
    mutationKey,
    // One after the other, so that the last click is also the last that is kept.
    scope: { id: "notification-settings" },
    mutationFn: (body: SettingsChange) => unwrap(api.PUT("/api/v1/notifications/settings", { body })),
    onMutate: async (change) => {
      await client.cancelQueries({ queryKey: notificationKeys.settings });
      client.setQueryData<NotificationSettings>(
        notificationKeys.settings,
        (old) =>
          old && {
            ...old,
            follows_all_jobs: change.follows_all_jobs,
            kinds: old.kinds.map((one) => change.kinds.find(({ kind }) => kind === one.kind) ?? one),
          },
      );
    },
    onSettled: () => (client.isMutating({ mutationKey }) === 1 ? client.invalidateQueries({ queryKey: notificationKeys.settings }) : undefined),
  });
}
