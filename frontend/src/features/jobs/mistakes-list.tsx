import { Button } from "@mantine/core";
import { useState } from "react";

import classes from "@/features/jobs/job.module.css";
import type { Mistake } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const FIRST = 8;

interface Props {
  mistakes: readonly Mistake[];
  /** Where the list is of something else than all mistakes. */
  title?: string;
}

/** Held-out rows that it got wrong, the most confident or the furthest off first: often the label is what is wrong. */
export function MistakesList({ mistakes, title }: Props) {
  const { t, format } = useI18n();
  const [isAll, setIsAll] = useState(false);
  if (mistakes.length === 0) return <p className="muted">{t("mistakes.none")}</p>;
  const shown = isAll ? mistakes : mistakes.slice(0, FIRST);
  return (
    <div className="stack">
      <ol className={classes["mistakes"]} aria-label={title ?? t("mistakes.title")}>
        {shown.map((mistake) => (
          <li key={mistake.row}>
            <p className={classes["mistakeText"]} title={mistake.text}>
              <bdi>{mistake.text}</bdi>
            </p>
            {mistake.text_b !== null && (
              <p className={`${classes["mistakeText"] ?? ""} ${classes["mistakeSecond"] ?? ""}`} title={mistake.text_b}>
                <bdi>{mistake.text_b}</bdi>
              </p>
            )}
            <p className={classes["mistakeMeta"]}>
              <span>
                {t(mistake.confidence === null ? "mistakes.truth" : "mistakes.label")} <b className="wrap">{mistake.label}</b>
              </span>
              <span>
                {t("mistakes.predicted")} <b className="wrap">{mistake.predicted}</b>
                {mistake.confidence !== null && <span className="num"> ({format.percent(mistake.confidence, 0)})</span>}
              </span>
              <span className="num faint">{t("mistakes.row", { row: mistake.row })}</span>
            </p>
          </li>
        ))}
      </ol>
      {mistakes.length > FIRST && (
        <div>
          <Button variant="default" size="sm" onClick={() => setIsAll(!isAll)}>
            {isAll ? t("action.fewer") : t(title === undefined ? "mistakes.all" : "examples.all", { count: mistakes.length })}
          </Button>
        </div>
      )}
    </div>
  );
}
