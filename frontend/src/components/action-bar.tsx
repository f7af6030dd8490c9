import type { ReactNode } from "react";

import classes from "@/components/action-bar.module.css";

interface Props {
  label: string;
  /** What this is about, said when it changes. */
  title: string;
  /** Buttons beside the title. */
  actions: ReactNode;
  children?: ReactNode;
}

/** Stays in sight at the foot of a long page: what was chosen or changed, and what can be done with it. */
export function ActionBar({ label, title, actions, children }: Props) {
  return (
    <section className={classes["bar"]} aria-label={label}>
      <div className={classes["head"]}>
        <strong className="num" role="status">
          {title}
        </strong>
        {actions}
      </div>
      {children}
    </section>
  );
}
