import { ActionIcon } from "@mantine/core";
import { IconAlertTriangle, IconBuilding, IconCircle, IconCircleCheck, IconCircleDot, IconFileAlert, IconGauge, IconPlayerPause, IconStethoscope, IconUserCog, IconUserPlus } from "@tabler/icons-react";
import { Link } from "react-router";

import classes from "@/features/notifications/notifications.module.css";
import type { Notification } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useNow } from "@/lib/use-now.ts";

const ICONS = {
  job_succeeded: IconCircleCheck,
  job_failed: IconAlertTriangle,
  job_paused: IconPlayerPause,
  import_failed: IconFileAlert,
  findings_severe: IconStethoscope,
  quota_near: IconGauge,
  role_changed: IconUserCog,
  member_joined: IconUserPlus,
  organisation_deleted: IconBuilding,
} as const;

interface Props {
  notification: Notification;
  onOpen: () => void;
  onMark: () => void;
}

export function NotificationLine({ notification, onOpen, onMark }: Props) {
  const { t, format } = useI18n();
  const now = useNow();
  const { kind, name, message, page, count, is_read: isRead, created_at: at } = notification;
  const Icon = ICONS[kind];
  return (
    <li className={classes["line"]} data-kind={kind} data-unread={isRead ? undefined : ""}>
      <span className={classes["icon"]} aria-hidden>
        <Icon size={17} stroke={1.8} />
      </span>
      <Link to={page} className={classes["words"]} data-opens onClick={onOpen}>
        <span className="small faint">
          <span className={classes["kind"]}>{t(`notification.kind.${kind}`)}</span>
          {count > 1 && <> · {t("notification.times", { count })}</>} · {format.relative(at, now)}
          {!isRead && <span className="visually-hidden">, {t("notification.unread")}</span>}
        </span>
        <bdi className={`name ${classes["about"] ?? ""}`} title={name}>
          {name}
        </bdi>
        <span className="wrap small muted">{message}</span>
      </Link>
      <ActionIcon
        variant="subtle"
        className={classes["mark"] ?? ""}
        aria-label={t(isRead ? "notification.mark_unread" : "notification.mark_read", { name })}
        title={t(isRead ? "notification.as_unread" : "notification.as_read")}
        onClick={onMark}
      >
        {isRead ? <IconCircle size={15} stroke={1.6} aria-hidden /> : <IconCircleDot size={15} stroke={1.8} aria-hidden />}
      </ActionIcon>
    </li>
  );
}
