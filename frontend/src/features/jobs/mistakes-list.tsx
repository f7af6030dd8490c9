import { Button } from "@mantine/core";
import { useRef, useState } from "react";

import classes from "@/features/jobs/job.module.css";
import { MistakeFilterBar } from "@/features/jobs/mistake-filter-bar.tsx";
import { mistakesFound, NO_MISTAKE_FILTER } from "@/features/jobs/mistake-filter.ts";
import { RowLink, RowsGone } from "@/features/jobs/row-link.tsx";
import { useExampleKeys } from "@/features/jobs/use-example-keys.ts";
import { WeighedTexts } from "@/features/jobs/weighed-texts.tsx";
import type { Mistake } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useIsPrinted } from "@/lib/use-is-printed.ts";
import { useKeysOn } from "@/lib/use-keys-on.ts";

const FIRST = 8;

interface Props {
  mistakes: readonly Mistake[];
  /** Where the list is of something else than all mistakes. */
  title?: string;
  /** Whether answers are labels, of which there are few, and not numbers or spans. */
  hasLabels?: boolean;
  /** Whether answers are spans, of which the surest wrong one is what words spoke for. */
  hasSpans?: boolean;
}

/** Held-out rows that it got wrong, the most confident or the furthest off first: often the label is what is wrong. */
export function MistakesList({ mistakes, title, hasLabels = false, hasSpans = false }: Props) {
  const { t, format } = useI18n();
  const [isAll, setIsAll] = useState(false);
  const [filter, setFilter] = useState(NO_MISTAKE_FILTER);
  const isPrinted = useIsPrinted();
  const list = useRef<HTMLOListElement>(null);
  useExampleKeys(list, title === undefined);
  const areKeysOn = useKeysOn();
  if (mistakes.length === 0) return <p className="muted">{t("mistakes.none")}</p>;
  const found = mistakesFound(mistakes, filter);
  const isFiltered = found.length < mistakes.length;
  const shown = isAll || isPrinted ? found : found.slice(0, FIRST);
  const canFilter = title === undefined && mistakes.length > 1;
  return (
    <div className="stack">
      {canFilter && (
        <>
          <MistakeFilterBar mistakes={mistakes} filter={filter} hasLabels={hasLabels} onChange={setFilter} />
          <p className="small muted" role="status">
            {isFiltered ? t("result.matches", { count: found.length, all: mistakes.length }) : areKeysOn && t("result.keys")}
          </p>
        </>
      )}
      <RowsGone />
      {shown.some(({ words }) => words.length > 0) && <p className="small muted">{t(hasSpans ? "contribution.hint_span" : "contribution.hint")}</p>}
      <ol ref={list} className={classes["mistakes"]} data-examples aria-label={title ?? t("mistakes.title")}>
        {shown.map((mistake) => (
          <li key={mistake.row} tabIndex={-1}>
            <WeighedTexts mistake={mistake} />
            <p className={classes["mistakeMeta"]}>
              <span>
                {t(mistake.confidence === null ? "mistakes.truth" : "mistakes.label")} <b className="wrap">{mistake.label}</b>
              </span>
              <span>
                {t("mistakes.predicted")} <b className="wrap">{mistake.predicted}</b>
                {mistake.confidence !== null && <span className="num"> ({format.percent(mistake.confidence, 0)})</span>}
              </span>
              <RowLink row={mistake.row} />
            </p>
          </li>
        ))}
      </ol>
      {found.length > FIRST && (
        <div>
          <Button variant="default" size="sm" onClick={() => setIsAll(!isAll)}>
            {isAll ? t("action.fewer") : t(title === undefined && !isFiltered ? "mistakes.all" : "examples.all", { count: found.length })}
          </Button>
        </div>
      )}
    </div>
  );
}
