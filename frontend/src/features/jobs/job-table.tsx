import { Link } from "react-router";

import { JobStateChip } from "@/components/job-state-chip.tsx";
import { ResultValue } from "@/components/result-value.tsx";
import { RowCheckbox } from "@/components/row-checkbox.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import classes from "@/features/jobs/job.module.css";
import { progressShare } from "@/features/jobs/progress-share.ts";
import { TagList } from "@/features/jobs/tag-list.tsx";
import type { JobListItem } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isTerminal } from "@/lib/job-states.ts";
import { pressBoxOfRow, type RowSelection } from "@/lib/row-selection.ts";
import { useKeys } from "@/lib/use-keys.ts";
import { useNow } from "@/lib/use-now.ts";

interface Props {
  jobs: readonly JobListItem[];
  label: string;
  /** Where rows can be chosen. */
  selection?: RowSelection;
}

export function JobTable({ jobs, label, selection }: Props) {
  const { t, format } = useI18n();
  const now = useNow();
  useKeys((event) => selection !== undefined && event.key.toLowerCase() === "x" && pressBoxOfRow(event));
  return (
    <TableScroll label={label}>
      <table className="table">
        <thead>
          <tr>
            {selection && (
              <th scope="col" className={classes["choice"]}>
                <RowCheckbox
                  label={t("jobs.choose_all")}
                  isChecked={selection.selected.size === jobs.length}
                  isPartly={selection.selected.size > 0 && selection.selected.size < jobs.length}
                  onToggle={selection.toggleAll}
                />
              </th>
            )}
            <th scope="col">{t("job.name")}</th>
            <th scope="col">{t("field.state")}</th>
            <th scope="col" className="roomy-only">
              {t("job.dataset")}
            </th>
            <th scope="col" className="roomy-only">
              {t("job.base_model")}
            </th>
            <th scope="col" className="num">
              {t("job.result")}
            </th>
            <th scope="col" className="num wide-only">
              {t("field.created")}
            </th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => {
            const share = progressShare(job);
            return (
              <tr key={job.id} data-link>
                {selection && (
                  <td className={classes["choice"]}>
                    <RowCheckbox
                      label={t("jobs.choose", { name: job.name })}
                      isChecked={selection.selected.has(job.id)}
                      onToggle={(isRange) => selection.toggle(job.id, isRange)}
                    />
                  </td>
                )}
                <th scope="row" style={{ width: "36%", maxWidth: "clamp(96px, 20vw, 270px)" }}>
                  <Link to={`/jobs/${job.id}`} className="title-link name" title={job.name}>
                    {job.name}
                  </Link>
                  <TagList tags={job.tags} />
                </th>
                <td>
                  <span className="row" style={{ gap: "2px 8px" }}>
                    <JobStateChip job={job} />
                    {!isTerminal(job.state) && share !== null && <span className="small num muted">{format.percent(share, 0)}</span>}
                    {job.queue_position != null && <span className="small muted">{t("job.queue_position", { position: job.queue_position })}</span>}
                  </span>
                </td>
                <td className="roomy-only" style={{ maxWidth: 180 }}>
                  <Link to={`/datasets/${job.dataset.id}`} className={`name ${classes["quiet"] ?? ""}`} title={job.dataset.name}>
                    {job.dataset.name}
                  </Link>
                  <span className="faint"> v{job.dataset_version.number}</span>
                </td>
                <td className="muted roomy-only" style={{ whiteSpace: "nowrap" }}>
                  {job.base_model}
                </td>
                <td className="num">
                  <ResultValue summary={job.summary} />
                </td>
                <td className="num muted wide-only">{format.relative(job.created_at, now)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableScroll>
  );
}
