import type { ReactNode } from "react";

import classes from "@/components/state-panel.module.css";

interface Props {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** In place of content: nothing here yet, not allowed, not found, gone wrong. */
export function StatePanel({ icon, title, children, action }: Props) {
  return (
    <div className={classes["panel"]}>
      {icon !== undefined && (
        <span className={classes["icon"]} aria-hidden>
          {icon}
        </span>
      )}
      <h2>{title}</h2>
      {children}
      {action}
    </div>
  );
}
