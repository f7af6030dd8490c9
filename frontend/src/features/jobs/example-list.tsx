import { Button } from "@mantine/core";
import { type ReactNode, useRef, useState } from "react";

import classes from "@/features/jobs/example-list.module.css";
import { RowsGone } from "@/features/jobs/row-link.tsx";
import { useExampleKeys } from "@/features/jobs/use-example-keys.ts";
import { WordsField } from "@/features/jobs/words-field.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useIsPrinted } from "@/lib/use-is-printed.ts";
import { hasWords, textsIn } from "@/lib/word-search.ts";

interface Props<E> {
  label: string;
  examples: readonly E[];
  /** In words, where there are none. */
  none: string;
  first?: number;
  children: (example: E) => ReactNode;
}

const FIRST = 5;

/** Held-out rows under one another: the first few, the others on demand and on paper, and those with the words one looks for. */
export function ExampleList<E>({ label, examples, none, first = FIRST, children }: Props<E>) {
  const { t } = useI18n();
  const [isAll, setIsAll] = useState(false);
  const [words, setWords] = useState("");
  const isPrinted = useIsPrinted();
  const list = useRef<HTMLOListElement>(null);
  useExampleKeys(list, false);
  if (examples.length === 0) return <p className="muted">{none}</p>;
  // A row may stand here twice (a query of a ranking, an answer of a conversation): what is known is its place among all.
  const found = [...examples.entries()].filter(([, example]) => hasWords(textsIn(example), words));
  const shown = isAll || isPrinted ? found : found.slice(0, first);
  return (
    <div className="stack">
      {examples.length > first && (
        <div className="row" role="search" data-print="never" aria-label={label}>
          <WordsField label={t("examples.search")} words={words} onChange={setWords} />
          <span className="small muted" role="status">
            {found.length < examples.length && t("result.matches", { count: found.length, all: examples.length })}
          </span>
        </div>
      )}
      <RowsGone />
      <ol ref={list} className={classes["list"]} data-examples aria-label={label}>
        {shown.map(([place, example]) => (
          <li key={place} tabIndex={-1}>
            {children(example)}
          </li>
        ))}
      </ol>
      {found.length > first && (
        <div>
          <Button variant="default" size="sm" onClick={() => setIsAll(!isAll)}>
            {isAll ? t("action.fewer") : t("examples.all", { count: found.length })}
          </Button>
        </div>
      )}
    </div>
  );
}
