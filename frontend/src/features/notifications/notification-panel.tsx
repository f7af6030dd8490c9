import { ActionIcon, Button } from "@mantine/core";
import { IconBellCheck, IconSettings } from "@tabler/icons-react";
import { type KeyboardEvent, useState } from "react";
import { Link } from "react-router";

import { ErrorPanel } from "@/components/error-panel.tsx";
import { Notice } from "@/components/notice.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { NotificationLine } from "@/features/notifications/notification-line.tsx";
import { useHopedMarks, useMark, useNotifications, useUnreadCount } from "@/features/notifications/notification-queries.ts";
import classes from "@/features/notifications/notifications.module.css";
import type { Marked } from "@/lib/api-types.ts";
import { describeError } from "@/lib/describe-error.ts";
import { focus } from "@/lib/focus.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";

interface Props {
  onClose: () => void;
}

/** What somebody was told of, the newest first. */
export function NotificationPanel({ onClose }: Props) {
  const { t } = useI18n();
  const list = useNotifications();
  const mark = useMark();
  const [undoable, setUndoable] = useState<Marked | null>(null);
  const shown = useHopedMarks(list.data?.pages.flatMap((page) => page.data) ?? []);
  const newest = shown[0];
  const numUnread = useUnreadCount();
  const onError = (error: unknown) => showToast(describeError(error, t), "error");
  const markAll = () => newest && mark.mutate({ isRead: true, until: newest.id }, { onSuccess: setUndoable, onError });
  const undo = () => undoable && mark.mutate({ isRead: false, ids: undoable.ids, numLines: undoable.num_lines }, { onSuccess: () => setUndoable(null), onError });
  return (
    // Arrows are a shorter way than Tab; everything is reached without them.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className={classes["body"]} onKeyDown={moveFocus}>
      <div className={classes["head"]}>
        <h2 tabIndex={-1} data-autofocus>
          {t("notification.title")}
        </h2>
        {numUnread > 0 && (
          <Button variant="subtle" size="xs" onClick={markAll}>
            {t("notification.read_all")}
          </Button>
        )}
        <ActionIcon component={Link} to="/settings/notifications" variant="subtle" aria-label={t("notification.settings")} title={t("notification.settings")} onClick={onClose}>
          <IconSettings size={17} stroke={1.7} aria-hidden />
        </ActionIcon>
      </div>
      <div role="status">
        {undoable !== null && undoable.num_lines > 0 && (
          <p className={`row small muted ${classes["undo"] ?? ""}`}>
            {t("notification.marked", { count: undoable.num_lines })}
            <Button variant="default" size="xs" ref={focus} loading={mark.isPending} onClick={undo}>
              {t("notification.undo")}
            </Button>
          </p>
        )}
      </div>
      <div className={classes["scroll"]}>
        {list.data === undefined && (list.isError ? <ErrorPanel error={list.error} onRetry={() => void list.refetch()} /> : <Skeleton lines={5} />)}
        {list.data !== undefined && list.isError && <Notice tone="warning">{t("state.stale")}</Notice>}
        {list.data !== undefined && shown.length === 0 && <Nothing />}
        {shown.length > 0 && (
          <ul className={classes["list"]} aria-label={t("notification.title")}>
            {shown.map((one) => (
              <NotificationLine
                key={one.id}
                notification={one}
                onOpen={() => {
                  // Where it cannot be noted, it only stays unread.
                  if (!one.is_read) mark.mutate({ isRead: true, ids: [one.id] });
                  onClose();
                }}
                onMark={() => mark.mutate({ isRead: !one.is_read, ids: [one.id] }, { onError })}
              />
            ))}
          </ul>
        )}
        {list.hasNextPage && (
          <Button variant="subtle" fullWidth loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t("action.more")}
          </Button>
        )}
      </div>
    </div>
  );
}

function Nothing() {
  const { t } = useI18n();
  return (
    <div className={classes["nothing"]}>
      <IconBellCheck size={26} stroke={1.5} aria-hidden />
      <p>
        <strong>{t("notification.none")}</strong>
      </p>
      <p className="small muted">{t("notification.none_hint")}</p>
    </div>
  );
}

/** Up and down go from one notification to the next, Home and End to the first and last. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const lines = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-opens]")];
  const here = lines.findIndex((line) => line.closest("li")?.contains(document.activeElement));
  const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: lines.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  lines[Math.max(0, Math.min(next, lines.length - 1))]?.focus();
}
