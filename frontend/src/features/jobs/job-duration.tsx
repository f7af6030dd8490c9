import type { Job } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isTerminal } from "@/lib/job-states.ts";
import { useNow } from "@/lib/use-now.ts";

const RENEWED_MS = 1000;
const NEVER_MS = 3_600_000;

/** How long a job took from its first start, or has taken so far. */
export function JobDuration({ job }: { job: Job }) {
  const { format } = useI18n();
  const isEnded = isTerminal(job.state);
  const now = useNow(isEnded ? NEVER_MS : RENEWED_MS);
  if (job.started_at === null || (isEnded && job.finished_at === null)) return "–";
  const end = job.finished_at === null ? now : Date.parse(job.finished_at);
  return format.duration(Math.max(0, end - Date.parse(job.started_at)) / 1000);
}
