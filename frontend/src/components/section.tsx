import { type ReactNode, useId } from "react";

import classes from "@/components/section.module.css";

interface Props {
  title: string;
  hint?: ReactNode;
  actions?: ReactNode;
  /** Heading at the left, content at the right: for forms and settings. */
  isSplit?: boolean;
  children: ReactNode;
}

/** A part of a page under a hairline, named for screen readers by its heading. */
export function Section({ title, hint, actions, isSplit = false, children }: Props) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={classes["section"]}>
      <div className={isSplit ? classes["split"] : undefined}>
        <div className={classes["head"]}>
          <div>
            <h2 id={id} tabIndex={-1} className={classes["title"]}>
              {title}
            </h2>
            {hint !== undefined && <p className={classes["hint"]}>{hint}</p>}
          </div>
          {actions}
        </div>
        <div>{children}</div>
      </div>
    </section>
  );
}
