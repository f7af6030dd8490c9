import { Button } from "@mantine/core";
import { type ReactNode, useRef, useState } from "react";

import classes from "@/features/jobs/example-list.module.css";
import { RowsGone } from "@/features/jobs/row-link.tsx";
import { useExampleKeys } from "@/features/jobs/use-example-keys.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useIsPrinted } from "@/lib/use-is-printed.ts";

interface Props<E> {
  label: string;
  examples: readonly E[];
  /** In words, where there are none. */
  none: string;
  first?: number;
  children: (example: E) => ReactNode;
}

const FIRST = 5;

/** Held-out rows under one another: the first few, and the others on demand and on paper. */
export function ExampleList<E>({ label, examples, none, first = FIRST, children }: Props<E>) {
  const { t } = useI18n();
  const [isAll, setIsAll] = useState(false);
  const isPrinted = useIsPrinted();
  const list = useRef<HTMLOListElement>(null);
  useExampleKeys(list, false);
  if (examples.length === 0) return <p className="muted">{none}</p>;
  const shown = isAll || isPrinted ? examples : examples.slice(0, first);
  return (
    <div className="stack">
      <RowsGone />
      <ol ref={list} className={classes["list"]} data-examples aria-label={label}>
        {shown.map((example, index) => (
          // A row may stand here twice (a query of a ranking, an answer of a conversation), and the order never changes.
          <li key={index} tabIndex={-1}>{children(example)}</li>
        ))}
      </ol>
      {examples.length > first && (
        <div>
          <Button variant="default" size="sm" onClick={() => setIsAll(!isAll)}>
            {isAll ? t("action.fewer") : t("examples.all", { count: examples.length })}
          </Button>
        </div>
      )}
    </div>
  );
}
