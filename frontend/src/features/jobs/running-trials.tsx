import { Chip } from "@/components/chip.tsx";
import { settingLabel, settingText, variedSettings } from "@/features/jobs/trial-facts.ts";
import classes from "@/features/jobs/trials.module.css";
import type { Job } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isTerminal } from "@/lib/job-states.ts";

interface Props {
  job: Job;
}

/** Trials under way, with what they try. */
export function RunningTrials({ job }: Props) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const running = job.search?.running ?? [];
  if (running.length === 0 || isTerminal(job.state)) return null;
  return (
    <ul className={classes["running"]} aria-label={t("trials.running")}>
      {running.map(({ number, settings }) => (
        <li key={number} className="row small">
          <Chip tone={job.state === "paused" ? "held" : "hot"}>{t("trials.number", { number: number + 1 })}</Chip>
          <span>{format.list(variedSettings(job).map((path) => `${settingLabel(path, job, i18n)} ${settingText(path, settings[path], job, i18n)}`))}</span>
        </li>
      ))}
    </ul>
  );
}
