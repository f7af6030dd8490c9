import { IconCheck, IconX } from "@tabler/icons-react";

import { FoldText } from "@/components/fold-text.tsx";
import classes from "@/features/compare/compare.module.css";
import { JobMark } from "@/features/compare/job-mark.tsx";
import { cellText } from "@/features/datasets/cell-text.ts";
import type { ComparedJob, DataRole, DisagreementRow, RowAnswer } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Metric } from "@/lib/metrics.ts";
import { partTitle } from "@/lib/tasks.ts";

interface Props {
  disagreement: DisagreementRow;
  roles: readonly string[];
  jobs: readonly ComparedJob[];
  metric: Metric;
}

/** One row: its parts as the data have them, and beside each job what it made of it. */
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
        {answers.map((answer) => {
          const place = jobs.findIndex(({ id }) => id === answer.job_id);
          return (
            <div key={answer.job_id}>
              <dt>
                <JobMark place={place} name={jobs[place]?.name ?? ""} />
              </dt>
              <dd>
                <Judged answer={answer} metric={metric} />
              </dd>
            </div>
          );
        })}
      </dl>
      <p className="small faint num">{t("mistakes.row", { row: row.row })}</p>
    </li>
  );
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
