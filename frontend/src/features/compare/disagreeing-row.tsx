import { Button } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useState } from "react";

import { FoldText } from "@/components/fold-text.tsx";
import classes from "@/features/compare/compare.module.css";
import { JobMark } from "@/features/compare/job-mark.tsx";
import { cellText } from "@/features/datasets/cell-text.ts";
import type { ComparedJob, DataRole, DisagreementRow, RowAnswer } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Metric } from "@/lib/metrics.ts";
import { partTitle } from "@/lib/tasks.ts";
import { useIsPrinted } from "@/lib/use-is-printed.ts";

/** More names than this, and one, nobody reads beside an answer. */
const MOST_NAMES = 6;

interface Props {
  disagreement: DisagreementRow;
  roles: readonly string[];
  jobs: readonly ComparedJob[];
  metric: Metric;
}

/** One row: its parts as the data have them, and what the jobs made of it. */
export function DisagreeingRow({ disagreement: { row, answers }, roles, jobs, metric }: Props) {
  const { t } = useI18n();
  return (
    <li>
      <dl className={classes["cells"]}>
        {roles.map((role) => (
          <div key={role}>
            <dt>{partTitle(role as DataRole, t)}</dt>
            <dd>{row.long.includes(role) ? <span className="faint">{t("compare.long_cell")}</span> : <FoldText text={cellText(row.cells[role])} />}</dd>
          </div>
        ))}
      </dl>
      <dl className={classes["answers"]}>
        {alike(answers).map(({ answer, ids }) => (
          <div key={answer.job_id}>
            <Who ids={ids} jobs={jobs} />
            <dd>
              <Judged answer={answer} metric={metric} />
            </dd>
          </div>
        ))}
      </dl>
      <p className="small faint num">{t("mistakes.row", { row: row.row })}</p>
    </li>
  );
}

/** The jobs that made the same of it; of many the first, and the rest at a wish and on paper. */
function Who({ ids, jobs }: { ids: readonly string[]; jobs: readonly ComparedJob[] }) {
  const { t } = useI18n();
  const [isOpen, setIsOpen] = useState(false);
  const isPrinted = useIsPrinted();
  const shown = isOpen || isPrinted || ids.length <= MOST_NAMES + 1 ? ids : ids.slice(0, MOST_NAMES);
  const left = ids.length - shown.length;
  return (
    <>
      {shown.map((id) => {
        const place = jobs.findIndex((job) => job.id === id);
        return (
          <dt key={id}>
            <JobMark place={place} name={jobs[place]?.name ?? ""} />
          </dt>
        );
      })}
      {left > 0 && (
        <dt>
          <Button type="button" variant="subtle" size="compact-xs" onClick={() => setIsOpen(true)}>
            {t("doctor.others", { count: left })}
          </Button>
        </dt>
      )}
    </>
  );
}

/** What was made of a row, each once, with the jobs that made it. */
function alike(answers: readonly RowAnswer[]): { answer: RowAnswer; ids: string[] }[] {
  const found = new Map<string, { answer: RowAnswer; ids: string[] }>();
  for (const answer of answers) {
    const key = JSON.stringify([answer.figure, answer.answer]);
    const same = found.get(key);
    if (same) same.ids.push(answer.job_id);
    else found.set(key, { answer, ids: [answer.job_id] });
  }
  return [...found.values()];
}

function Judged({ answer: { figure, is_right: isRight, answer }, metric }: { answer: RowAnswer; metric: Metric }) {
  const { t } = useI18n();
  if (figure === null) return <span className="faint">{t("compare.not_judged")}</span>;
  return (
    <>
      <span className={classes["mark"]} data-right={isRight ?? undefined}>
        {isRight === null ? (
          <span className="num">
            {metric.short} {metric.value(figure)}
          </span>
        ) : (
          <>
            {isRight ? <IconCheck size={15} aria-hidden /> : <IconX size={15} aria-hidden />}
            {t(isRight ? "compare.right" : "compare.wrong")}
          </>
        )}
      </span>
      {answer === null ? <span className="small faint">{t("compare.answer_not_kept")}</span> : <FoldText text={answer} />}
    </>
  );
}
