import { ActionIcon, Popover } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";

import { Skeleton } from "@/components/skeleton.tsx";
import { useMarksOfOtherTabs, useUnreadCount } from "@/features/notifications/notification-queries.ts";
import classes from "@/features/notifications/notifications.module.css";
import { useReadWithPage } from "@/features/notifications/use-read-with-page.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { loadPart } from "@/lib/updates.ts";

const Panel = lazy(async () => await loadPart(async () => ({ default: (await import("@/features/notifications/notification-panel.tsx")).NotificationPanel })));

/** The server counts no further. */
const MOST = 100;

/** How much is unread, and the panel with it. */
export function Bell() {
  const { t } = useI18n();
  const count = useUnreadCount();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  useReadWithPage(count, isOpen);
  useMarksOfOtherTabs();
  return (
    <Popover opened={isOpen} onChange={setOpen} width="min(420px, calc(100vw - 24px))" position="bottom-start" offset={6} trapFocus returnFocus withinPortal>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          size={40}
          className={classes["bell"] ?? ""}
          aria-label={count === 0 ? t("notification.title") : t(count < MOST ? "notification.bell" : "notification.bell_many", { count })}
          onClick={() => setOpen(!isOpen)}
        >
          <IconBell size={19} stroke={1.7} aria-hidden />
          {count > 0 && (
            <span className={classes["count"]} aria-hidden>
              {count < MOST ? count : `${MOST - 1}+`}
            </span>
          )}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown className={classes["panel"] ?? ""}>
        <Suspense fallback={<Skeleton lines={4} />}>
          <Panel onClose={close} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
