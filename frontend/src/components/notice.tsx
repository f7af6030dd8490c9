import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";

import classes from "@/components/notice.module.css";

const ICONS = { info: IconInfoCircle, error: IconCircleX, warning: IconAlertTriangle, good: IconCircleCheck } as const;

interface Props {
  tone: keyof typeof ICONS;
  title?: string;
  /** Errors that appear after an action are announced. */
  isAlert?: boolean;
  children?: ReactNode;
  action?: ReactNode;
}

export function Notice({ tone, title, isAlert = false, children, action }: Props) {
  const Icon = ICONS[tone];
  return (
    <div className={[classes["notice"], classes[tone] ?? ""].join(" ")} role={isAlert ? "alert" : undefined}>
      <Icon size={18} className={classes["icon"]} aria-hidden />
      <div className={classes["body"]}>
        {title !== undefined && <p className={classes["title"]}>{title}</p>}
        {children}
      </div>
      {action}
    </div>
  );
}
