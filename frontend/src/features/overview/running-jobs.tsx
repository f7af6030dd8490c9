import { Link } from "react-router";

import { JobStateChip } from "@/components/job-state-chip.tsx";
import { ProgressBar } from "@/components/progress-bar.tsx";
import { progressShare } from "@/features/jobs/progress-share.ts";
import { timeLeft } from "@/features/jobs/time-left.ts";
import classes from "@/features/overview/overview.module.css";
import type { JobListItem } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  jobs: readonly JobListItem[];
}

export function RunningJobs({ jobs }: Props) {
  const { t } = useI18n();
  return (
    <ul className={classes["running"]} aria-label={t("overview.running")}>
      {jobs.map((job) => (
        <li key={job.id} className={classes["run"]}>
          <div className={classes["runName"]}>
            <Link to={`/jobs/${job.id}`} className="title-link name" title={job.name}>
              {job.name}
            </Link>
            <div className="small faint">
              <span className="name">{job.dataset.name}</span>
            </div>
          </div>
          <div>
            <ProgressBar label={t("job.progress_of", { name: job.name })} share={progressShare(job) ?? 0} />
            <p className="small muted num" style={{ marginTop: 4 }}>
              {job.queue_position != null && t("job.queue_position", { position: job.queue_position })}
              {(job.state === "running" || job.state === "searching") && <TimeLeft job={job} />}
            </p>
          </div>
          <JobStateChip job={job} />
        </li>
      ))}
    </ul>
  );
}

function TimeLeft({ job }: { job: JobListItem }) {
  const { t, format } = useI18n();
  const time = timeLeft(job.progress, format);
  return time !== null && t("overview.left", { time });
}
