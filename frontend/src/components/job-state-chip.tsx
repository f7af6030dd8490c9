import { Chip } from "@/components/chip.tsx";
import type { JobListItem } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isTerminal, toneOf } from "@/lib/job-states.ts";

interface Props {
  job: Pick<JobListItem, "state" | "desired">;
}

/** The state, or the wish that is on its way to the worker. */
export function JobStateChip({ job }: Props) {
  const { t } = useI18n();
  const tone = toneOf(job.state);
  if (!isTerminal(job.state) && job.desired === "cancel") return <Chip tone={tone}>{t("job.state.cancelling")}</Chip>;
  if (!isTerminal(job.state) && job.desired === "pause" && job.state !== "paused") {
    return <Chip tone={tone}>{t("job.state.pausing")}</Chip>;
  }
  return (
    <Chip tone={tone} isLive={tone === "hot"}>
      {t(`job.state.${job.state}`)}
    </Chip>
  );
}
