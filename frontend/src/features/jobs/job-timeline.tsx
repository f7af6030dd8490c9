import classes from "@/features/jobs/job.module.css";
import type { JobEvent, JobState } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { toneOf } from "@/lib/job-states.ts";

const STATES: readonly JobState[] = [
  "draft",
  "validating",
  "searching",
  "queued",
  "starting",
  "running",
  "finalizing",
  "succeeded",
  "paused",
  "retry_wait",
  "failed",
  "cancelled",
];

interface Props {
  events: readonly JobEvent[];
}

/** The events that say why: of several moves that one cause brought about, the first. */
function tellingWhy(events: readonly JobEvent[]): ReadonlySet<number> {
  const told = new Set<number>();
  let last: JobEvent | null = null;
  for (const event of events) {
    if (event.to === null || last?.reason?.code !== event.reason?.code || last?.attempt !== event.attempt) told.add(event.seq);
    if (event.to !== null) last = event;
  }
  return told;
}

/** What happened, the newest first. */
export function JobTimeline({ events }: Props) {
  const { t, format } = useI18n();
  if (events.length === 0) return <p className="muted">{t("events.none")}</p>;
  const told = tellingWhy(events);
  return (
    <ol className={classes["timeline"]} aria-label={t("events.title")}>
      {events.toReversed().map((event) => {
        const why = event.reason === null ? event.message : told.has(event.seq) ? event.reason.message : null;
        const to = STATES.find((state) => state === event.to);
        const text = event.phase ? t(`phase.${event.phase}`) : (why ?? "");
        return (
          <li key={event.seq}>
            <time dateTime={event.created_at} title={format.dateTime(event.created_at)}>
              {format.time(event.created_at)}
            </time>
            <div className="wrap">
              {to && <strong data-tone={toneOf(to)}>{t(`job.state.${to}`)}</strong>}
              {to && text !== "" && <span className="muted"> – </span>}
              <span className={to ? "muted" : undefined}>{text}</span>
              {event.attempt > 1 && <span className="faint small"> · {t("events.attempt", { attempt: event.attempt })}</span>}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
