import { type ReactNode, useEffect, useRef } from "react";

import classes from "@/features/jobs/job.module.css";
import type { Marked } from "@/features/jobs/proposal.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  /** Null for every field but the one that is proposed. */
  marked: Marked | null;
  children: ReactNode;
}

/** The field of a setting; the proposed one is brought into view, has the focus, and says what it was before. */
export function ProposedField({ marked, children }: Props) {
  const { t, format } = useI18n();
  const box = useRef<HTMLDivElement>(null);
  const isMarked = marked !== null;
  useEffect(() => {
    if (!isMarked) return;
    box.current?.querySelector("input")?.focus({ preventScroll: true });
    box.current?.scrollIntoView({ block: "center" });
  }, [isMarked]);
  if (marked === null) return children;
  const { was } = marked;
  return (
    <div ref={box} className={classes["proposed"]}>
      {children}
      <p className="small">
        {was === false ? t("expert.proposed_off") : t("expert.proposed", { value: typeof was === "number" ? format.significant(was) : String(was ?? "–") })}
      </p>
    </div>
  );
}
