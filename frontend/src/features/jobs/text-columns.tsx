import { type ReactNode, useId } from "react";

import { FoldText } from "@/components/fold-text.tsx";
import classes from "@/features/jobs/text-columns.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export interface TextColumn {
  key: string;
  name: string;
  text: string;
  /** The text with marks in it. */
  marked?: ReactNode;
  /** A figure about the text. */
  note?: string;
}

interface Props {
  columns: readonly TextColumn[];
}

/** Answers to one thing, side by side; under one another where there is no room. */
export function TextColumns({ columns }: Props) {
  return (
    <div className={classes["columns"]}>
      {columns.map((column) => (
        <Column key={column.key} column={column} />
      ))}
    </div>
  );
}

function Column({ column: { key, name, text, marked, note } }: { column: TextColumn }) {
  const { t } = useI18n();
  const id = useId();
  return (
    <div className={classes["column"]} data-tone={key} role="group" aria-labelledby={id}>
      <p className={classes["head"]}>
        <span id={id} className={classes["name"]}>
          {name}
        </span>
        {note !== undefined && <span className="num">{note}</span>}
      </p>
      {text.trim() === "" ? <p className="faint">{t("examples.empty")}</p> : <FoldText text={text}>{marked}</FoldText>}
    </div>
  );
}
