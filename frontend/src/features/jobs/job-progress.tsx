import { Notice } from "@/components/notice.tsx";
import { ProgressBar } from "@/components/progress-bar.tsx";
import classes from "@/features/jobs/job.module.css";
import { progressShare } from "@/features/jobs/progress-share.ts";
import { timeLeft } from "@/features/jobs/time-left.ts";
import type { Job } from "@/lib/api-types.ts";
import type { StreamState } from "@/lib/event-stream.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isTerminal } from "@/lib/job-states.ts";

const PHASES = ["loading", "preparing", "probing", "comparing", "training", "evaluating", "exporting"] as const;
type Phase = (typeof PHASES)[number];

interface Props {
  job: Job;
  connection: StreamState;
}

/** Where the run is, how fast, how long still, and whether what is shown is live. */
export function JobProgress({ job, connection }: Props) {
  const { t, format } = useI18n();
  const { progress, state } = job;
  const isSearch = job.search !== null;
  const phase: Phase | undefined = PHASES.find((entry) => entry === progress.phase);
  const share = progressShare(job);
  const left = timeLeft(progress, format);
  const isWaiting = state === "queued" || state === "validating" || state === "draft" || state === "retry_wait";
  const title = !isWaiting && state !== "paused" && phase ? t(`phase.${phase}`) : t(`job.state.${state}`);
  return (
    <div className={classes["progress"]}>
      <div className={classes["progressHead"]}>
        <span className={classes["phase"]}>
          {title}
          {job.queue_position != null && <span className="muted"> · {t("job.queue_position", { position: job.queue_position })}</span>}
        </span>
        {!isTerminal(state) && (
          <span className="small muted" role="status">
            <span className={classes["dot"]} data-live={connection === "live" || undefined} aria-hidden />
            {t(`stream.${connection}`)}
          </span>
        )}
      </div>
      {job.waits_for !== null && <Notice tone="info">{job.waits_for.message}</Notice>}
      <ProgressBar label={t("job.progress")} share={share ?? (isWaiting || state === "paused" ? 0 : null)} />
      <p className={`${classes["figures"] ?? ""} small num`}>
        {progress.total_steps !== null && (
          <span>
            {t(isSearch ? "trials.title" : "job.step")} <b>{format.integer(progress.step)}</b> / {format.integer(progress.total_steps)}
          </span>
        )}
        {progress.total_steps !== null && !isSearch && (
          <span>
            {t("job.epoch")} <b>{format.decimal(progress.epoch, 2)}</b>
          </span>
        )}
        {progress.examples_per_second !== null && !isWaiting && state !== "paused" && (
          <span>
            <b>{format.integer(progress.examples_per_second)}</b> {t("job.examples_per_second")}
          </span>
        )}
        {left !== null && !isWaiting && state !== "paused" && (
          <span>
            {t("job.time_left")} <b>{left}</b>
          </span>
        )}
        {progress.committed_step > 0 && (
          <span>
            {t(isSearch ? "trials.safe" : "job.safe_step")} <b>{format.integer(progress.committed_step)}</b>
          </span>
        )}
      </p>
    </div>
  );
}
