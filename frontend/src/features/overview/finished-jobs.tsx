import { Link } from "react-router";

import { VerdictChip } from "@/features/models/verdict-chip.tsx";
import classes from "@/features/overview/overview.module.css";
import type { FinishedJob } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";
import { useNow } from "@/lib/use-now.ts";

interface Props {
  jobs: readonly FinishedJob[];
}

/** What came out, each with the verdict in a sentence; what came since the last visit is marked. */
export function FinishedJobs({ jobs }: Props) {
  const { t, format } = useI18n();
  const now = useNow();
  return (
    <ul className={classes["finished"]} aria-label={t("overview.finished")}>
      {jobs.map((job) => (
        <li key={job.id} className={classes["done"]}>
          <div className={classes["runName"]}>
            <p className={classes["doneName"]}>
              {job.is_new && <span className={classes["new"]}>{t("overview.new")}</span>}
              <Link to={`/jobs/${job.id}`} className="title-link name" title={job.name}>
                {job.name}
              </Link>
            </p>
            <Verdict job={job} />
          </div>
          <p className="small faint">
            <span className="name">{job.dataset.name}</span> · {job.finished_at && format.relative(job.finished_at, now)}
          </p>
          {job.summary && <VerdictChip outcome={job.summary.verdict} />}
        </li>
      ))}
    </ul>
  );
}

function Verdict({ job: { summary } }: { job: FinishedJob }) {
  const i18n = useI18n();
  if (summary === null) return null;
  const metric = describeMetric(summary.primary, i18n);
  const direction = metric.isLowerBetter ? i18n.t("verdict.lower_is_better") : "";
  return <p className="muted">{i18n.t(`overview.verdict_${summary.verdict}`, { metric: metric.label, value: metric.value(summary.value), direction })}</p>;
}
