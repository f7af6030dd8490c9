import { type InfiniteData, type QueryClient, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { api, unwrap } from "@/lib/api-client.ts";
import type { Notification, NotificationPage, NotificationSettings, NotificationWays } from "@/lib/api-types.ts";
import { shownAtOnce, useHoped } from "@/lib/hoped.ts";

/** Asked by the tab that is looked at alone: ten open tabs cost one question. */
const POLL_MS = 20_000;

export const notificationKeys = {
  all: ["notifications"],
  count: ["notifications", "count"],
  list: ["notifications", "list"],
  settings: ["notifications", "settings"],
  marking: ["notifications", "marking"],
} as const;

/** As it will be when what is being marked is marked. */
export function useUnreadCount() {
  const count = useQuery({
    queryKey: notificationKeys.count,
    queryFn: async () => (await unwrap(api.GET("/api/v1/notifications/unread-count"))).num_unread,
    refetchInterval: POLL_MS,
    // Whatever the tab that comes to the front knows may have been read in another one.
    refetchOnWindowFocus: "always",
  });
  return useHoped(notificationKeys.marking, count.data ?? 0, (unread, wish: MarkWish) => {
    if ("until" in wish) return 0;
    const numLines = wish.numLines ?? wish.ids.length;
    return Math.max(0, wish.isRead ? unread - numLines : unread + numLines);
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

/** These, which are a number of lines, or that one and all that are older. Whoever gives ids gives those of which it is not true yet. */
export type MarkWish = ({ ids: string[]; numLines?: number } | { until: string }) & { isRead: boolean };

/** What a wish makes of one; ids grow with time. */
function marked(one: Notification, wish: MarkWish): Notification {
  const isMeant = "until" in wish ? one.id <= wish.until : wish.ids.includes(one.id);
  return isMeant ? { ...one, is_read: wish.isRead } : one;
}

/** These as they will be when what is being marked is marked. */
export function useHopedMarks(notifications: readonly Notification[]): readonly Notification[] {
  return useHoped(notificationKeys.marking, notifications, (all, wish: MarkWish) => all.map((one) => marked(one, wish)));
}

/** Read or unread again; shown at once. */
export function useMark() {
  const client = useQueryClient();
  return useMutation({
    ...shownAtOnce(notificationKeys.marking),
    mutationFn: (wish: MarkWish) => {
      const ids = "ids" in wish ? wish.ids : [];
      if (!wish.isRead) return unwrap(api.POST("/api/v1/notifications/unread", { body: { ids } }));
      return unwrap(api.POST("/api/v1/notifications/read", { body: "until" in wish ? { until: wish.until } : { ids } }));
    },
    onSuccess: ({ ids, num_lines: numLines }, { isRead }) => {
      const changed = new Set(ids);
      client.setQueryData<InfiniteData<NotificationPage>>(
        notificationKeys.list,
        (old) =>
          old && {
            ...old,
            pages: old.pages.map((page) => ({ ...page, data: page.data.map((one) => (changed.has(one.id) ? { ...one, is_read: isRead } : one)) })),
          },
      );
      client.setQueryData<number>(notificationKeys.count, (old = 0) => Math.max(0, isRead ? old - numLines : old + numLines));
      tellOtherTabs();
    },
    onSettled: () => refresh(client),
  });
}

/** What somebody was told of a job or a dataset is read once they look at it. */
export function useReadAbout() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (about: string) => unwrap(api.POST("/api/v1/notifications/read", { body: { about } })),
    onSuccess: ({ ids }) => {
      if (ids.length === 0) return;
      refresh(client);
      tellOtherTabs();
    },
  });
}

function refresh(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: notificationKeys.count });
  void client.invalidateQueries({ queryKey: notificationKeys.list });
}

const CHANNEL = "anneal-notifications";

function tellOtherTabs(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(null);
  channel.close();
}

/** What is marked in another tab is asked for again in this one. */
export function useMarksOfOtherTabs(): void {
  const client = useQueryClient();
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = () => refresh(client);
    return () => channel.close();
  }, [client]);
}

export function useNotificationSettings() {
  return useQuery({ queryKey: notificationKeys.settings, queryFn: () => unwrap(api.GET("/api/v1/notifications/settings")) });
}

export interface SettingsChange {
  kinds: NotificationWays[];
  follows_all_jobs: boolean;
}

/** These as they will be when what is being changed is changed. */
export function useHopedSettings(settings: NotificationSettings): NotificationSettings {
  return useHoped(notificationKeys.settings, settings, (before, wish: SettingsChange) => ({
    ...before,
    follows_all_jobs: wish.follows_all_jobs,
    kinds: before.kinds.map((one) => wish.kinds.find(({ kind }) => kind === one.kind) ?? one),
  }));
}

/** Shown at once. */
export function useChangeNotificationSettings() {
  const client = useQueryClient();
  return useMutation({
    ...shownAtOnce(notificationKeys.settings),
    mutationFn: (body: SettingsChange) => unwrap(api.PUT("/api/v1/notifications/settings", { body })),
    onSuccess: (settings) => client.setQueryData(notificationKeys.settings, settings),
    onError: () => client.invalidateQueries({ queryKey: notificationKeys.settings }),
  });
}
