import { type KeyboardEvent, useRef, useState } from "react";

import { lookOf, type Stage, type StageKind, stagesOf, stageTotals } from "@/features/jobs/job-stages.ts";
import classes from "@/features/jobs/stage-strip.module.css";
import type { JobEvent } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { useNow } from "@/lib/use-now.ts";

const RENEWED_MS = 1000;
const NEVER_MS = 3_600_000;
const PHASES = ["loading", "preparing", "probing", "comparing", "training", "evaluating", "exporting"] as const;

function nameOf(kind: StageKind, t: Translate): string {
  const phase = PHASES.find((entry) => entry === kind);
  return phase ? t(`phase.${phase}`) : t(`job.state.${kind as Exclude<StageKind, (typeof PHASES)[number]>}`);
}

interface Props {
  events: readonly JobEvent[];
  isEnded: boolean;
}

/** What a job went through as one line, each stage as long as it took; one of them in words below it. */
export function StageStrip({ events, isEnded }: Props) {
  const { t, format } = useI18n();
  const now = useNow(isEnded ? NEVER_MS : RENEWED_MS);
  const stages = stagesOf(events, now);
  const describe = useDescribeStage();
  const [chosen, setChosen] = useState<number | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const strip = useRef<HTMLOListElement>(null);
  const last = stages.length - 1;
  const current = Math.min(chosen ?? last, last);
  const [first, shown, end] = [stages[0], stages[Math.min(hovered ?? current, last)], stages[last]];
  if (!first || !shown || !end) return null;
  const move = (event: KeyboardEvent) => {
    const goal = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: last }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(last, goal));
    setChosen(index);
    strip.current?.querySelectorAll("button")[index]?.focus();
  };
  return (
    <div className={classes["strip"]}>
      <div className={classes["scroll"]}>
        <ol ref={strip} className={classes["line"]} aria-label={t("stages.title")}>
          {stages.map((stage, index) => (
            <li key={`${stage.start} ${stage.kind}`} className={classes["place"]} style={{ flexGrow: Math.max(1, stage.end - stage.start) }}>
              {stage.beginsAttempt && (
                <span className={classes["attempt"]} aria-hidden>
                  {format.integer(stage.attempt)}
                </span>
              )}
              <button
                type="button"
                className={classes["stage"]}
                data-print="text"
                data-look={lookOf(stage.kind)}
                data-running={stage.isRunning || undefined}
                data-lost={stage.lostTo !== null || undefined}
                data-shown={stage === shown || undefined}
                tabIndex={index === current ? 0 : -1}
                aria-label={describe(stage)}
                onKeyDown={move}
                onMouseEnter={() => setHovered(index)}
                onMouseLeave={() => setHovered(null)}
                onFocus={() => setChosen(index)}
                onClick={() => setChosen(index)}
              />
            </li>
          ))}
        </ol>
      </div>
      <p className={classes["ends"]} aria-hidden>
        <span>{format.time(new Date(first.start).toISOString())}</span>
        <span>{end.isRunning ? t("stages.now") : format.time(new Date(end.end).toISOString())}</span>
      </p>
      <p className={classes["facts"]} aria-hidden>
        {describe(shown)}
      </p>
      <ul className={classes["totals"]} aria-label={t("stages.totals")}>
        {stageTotals(stages).map(({ kind, milliseconds, count }) => (
          <li key={kind}>
            <span className={classes["key"]} data-look={lookOf(kind)} aria-hidden />
            {nameOf(kind, t)} <b className="num">{format.duration(milliseconds / 1000)}</b>
            {count > 1 && <span className="faint"> {t("stages.times", { count })}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A stage in a sentence: what, how long, from when to when, and what ended it. */
function useDescribeStage(): (stage: Stage) => string {
  const { t, format } = useI18n();
  return (stage) => {
    const words = {
      name: nameOf(stage.kind, t),
      duration: format.duration((stage.end - stage.start) / 1000),
      start: format.time(new Date(stage.start).toISOString()),
      end: format.time(new Date(stage.end).toISOString()),
    };
    const parts = [t(stage.isRunning ? "stages.running" : "stages.ended", words)];
    if (stage.attempt > 1) parts.push(t("stages.attempt", { attempt: stage.attempt }));
    if (stage.lostTo !== null) parts.push(stage.lostTo);
    return parts.join(" ");
  };
}
