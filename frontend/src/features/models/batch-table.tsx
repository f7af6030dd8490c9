import { Button } from "@mantine/core";
import { useState } from "react";

import { TableScroll } from "@/components/table-scroll.tsx";
import { answerCell } from "@/features/models/batch-answers.ts";
import type { BatchFile } from "@/features/models/batch-file.ts";
import type { BatchMapping } from "@/features/models/batch-questions.ts";
import type { BatchRun, Outcome } from "@/features/models/batch-run.ts";
import classes from "@/features/models/batch.module.css";
import { useTellOutcome } from "@/features/models/use-tell-outcome.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle } from "@/lib/tasks.ts";

const ROWS = 10;
/** A cell shows the beginning of what it holds; the files have it whole. */
const CHARACTERS = 200;

interface Props {
  file: BatchFile;
  mapping: BatchMapping;
  /** Null before anything was asked. */
  run: BatchRun | null;
}

/** The rows of a file with what the model says to each. */
export function BatchTable({ file, mapping, run }: Props) {
  const { t } = useI18n();
  const [shown, setShown] = useState(ROWS);
  const fields = [...mapping];
  return (
    <div className="stack" style={{ gap: 12 }}>
      <TableScroll label={t("answered_file.table")}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col" className="num">
                {t("answered_file.row_head")}
              </th>
              {fields.map(([field]) => (
                <th key={field} scope="col">
                  {partTitle(field, t)}
                </th>
              ))}
              {run && <th scope="col">{t("answered_file.answer")}</th>}
            </tr>
          </thead>
          <tbody>
            {file.rows.slice(0, shown).map((row, place) => (
              <tr key={row.number}>
                <th scope="row" className="num">
                  {row.number}
                </th>
                {fields.map(([field, column]) => (
                  <td key={field} className={classes["cell"]} dir="auto">
                    {cellText(column === null ? undefined : row.cells[column])}
                  </td>
                ))}
                {run && (
                  <td className={classes["cell"]}>
                    <AnswerText outcome={run.outcomes[place]} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      {shown < file.rows.length && (
        <div className="row">
          <Button size="xs" variant="default" onClick={() => setShown(shown + ROWS * 5)}>
            {t("action.more")}
          </Button>
          <span className="small muted num">{t("answered_file.shown", { shown, count: file.rows.length })}</span>
        </div>
      )}
    </div>
  );
}

function AnswerText({ outcome }: { outcome: Outcome | undefined }) {
  const { format } = useI18n();
  const tell = useTellOutcome();
  if (outcome === undefined) return <span className="faint">–</span>;
  if (!("prediction" in outcome)) return <span className={classes["problem"]}>{tell(outcome)}</span>;
  const { answer, score } = answerCell(outcome.prediction);
  return (
    <>
      <span dir="auto">{typeof answer === "number" ? format.significant(answer) : cut(answer)}</span>
      {score !== null && <span className="faint num"> {format.percent(score)}</span>}
    </>
  );
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return cut(typeof value === "string" ? value : JSON.stringify(value));
}

function cut(text: string): string {
  const characters = Array.from(text.slice(0, CHARACTERS * 2));
  return characters.length > CHARACTERS ? `${characters.slice(0, CHARACTERS).join("")}…` : text;
}
