import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { Link } from "react-router";

import { JobStateChip } from "@/components/job-state-chip.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import classes from "@/features/compare/compare.module.css";
import { comparedMethods } from "@/features/compare/compared-methods.ts";
import { JobMark } from "@/features/compare/job-mark.tsx";
import type { ComparedJob, JobsComparison } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";

interface Props {
  comparison: JobsComparison;
  onRemove: (id: string) => void;
  onBaseline: (id: string) => void;
}

/** What was compared: data, model, method, the headline figure; the baseline is chosen here and jobs leave here. */
export function ComparedJobs({ comparison, onRemove, onBaseline }: Props) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const { jobs, baseline_id: baseline } = comparison;
  const methods = comparedMethods(comparison, i18n);
  return (
    <TableScroll label={t("compare.jobs")}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("compare.baseline")}</th>
            <th scope="col">{t("job.name")}</th>
            <th scope="col" className="roomy-only">
              {t("job.dataset")}
            </th>
            <th scope="col" className="wide-only">
              {t("compare.model_and_method")}
            </th>
            <th scope="col" className="num">
              {t("job.result")}
            </th>
            <th scope="col" className="num roomy-only">
              {t("compare.training_time")}
            </th>
            <th scope="col">
              <span className="visually-hidden">{t("field.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job, place) => (
            <tr key={job.id}>
              <td>
                <input
                  type="radio"
                  name="baseline"
                  className={classes["radio"]}
                  aria-label={t("compare.baseline_of", { name: job.name })}
                  checked={job.id === baseline}
                  onChange={() => onBaseline(job.id)}
                />
              </td>
              <th scope="row" className={classes["jobName"]}>
                <Link to={`/jobs/${job.id}`} className="title-link name">
                  <JobMark place={place} name={job.name} />
                </Link>
                <div>
                  <JobStateChip job={{ state: job.state, desired: "run" }} />
                </div>
              </th>
              <td className={`roomy-only ${classes["dataName"] ?? ""}`}>
                <Link to={`/datasets/${job.dataset.id}`} className="name" title={job.dataset.name}>
                  {job.dataset.name}
                </Link>
                <span className="faint"> v{job.dataset_version.number}</span>
              </td>
              <td className={`wide-only ${classes["model"] ?? ""}`}>
                {job.base_model}
                <br />
                <span className="small muted">{methods.get(job.id)}</span>
              </td>
              <td className="num">
                <Headline job={job} />
              </td>
              <td className="num roomy-only">{format.duration(job.training_s)}</td>
              <td>
                <ActionIcon aria-label={t("compare.remove", { name: job.name })} onClick={() => onRemove(job.id)}>
                  <IconX size={16} aria-hidden />
                </ActionIcon>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Headline({ job: { result } }: { job: ComparedJob }) {
  const i18n = useI18n();
  const interval = result?.metrics[result.primary];
  if (result === null || interval === undefined) return "–";
  const metric = describeMetric(result.primary, i18n);
  return (
    <span title={i18n.t("compare.own_rows", { count: result.num_rows, split: i18n.t(`split.in_text.${result.split}`) })}>
      <span className="small faint">{metric.short}</span> {metric.value(interval.value)}
      <br />
      <span className="small faint">{metric.bounds(interval)}</span>
    </span>
  );
}
