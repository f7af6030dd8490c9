import { useState } from "react";

import { parallelAxis } from "@/components/parallel-axes.ts";
import { ParallelPlot, type PlotAxis, type PlotLine } from "@/components/parallel-plot.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { ScoreBars } from "@/components/score-bars.tsx";
import { Section } from "@/components/section.tsx";
import { useTrials } from "@/features/jobs/job-queries.ts";
import { RunningTrials } from "@/features/jobs/running-trials.tsx";
import { isLogSetting, settingLabel, settingText, type TrialValue, valueOfTrials, variedSettings } from "@/features/jobs/trial-facts.ts";
import { TrialsTable } from "@/features/jobs/trials-table.tsx";
import classes from "@/features/jobs/trials.module.css";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Job, Trial } from "@/lib/api-types.ts";
import { type I18n, useI18n } from "@/lib/i18n/i18n-context.ts";
import { isTerminal } from "@/lib/job-states.ts";

interface Props {
  job: Job;
}

const VALUE_AXIS = "value";

/** What a search has tried, which of it mattered, and what came out best. */
export function SearchSection({ job }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const { currency } = useWorkspace();
  const trials = useTrials(job);
  const { search, spec } = job;
  if (search === null) return null;
  const value = valueOfTrials(job, i18n);
  const importance = Object.entries(search.importance).sort(([, a], [, b]) => b - a);
  const best = search.best === null ? "" : ` ${t("trials.best_so_far", { trial: search.best.number + 1, metric: value.label, value: value.text(search.best.value) })}`;
  const maxCost = spec.search.type === "none" ? null : spec.search.max_cost;
  const budget = maxCost === null ? "" : ` ${t("trials.budget", { money: i18n.format.money(maxCost, currency) })}`;
  return (
    <>
      <Section title={t("trials.title")} hint={`${t("trials.ended", { ended: search.num_ended, count: search.num_trials })}${best}${budget}`}>
        {!value.isNamed && search.num_ended > 0 && (
          <p className="small muted" style={{ marginBottom: 16 }}>
            {t("trials.score_hint")}
          </p>
        )}
        <RunningTrials job={job} />
        <QueryView query={trials} lines={4}>
          {({ data }) => (data.length === 0 ? <p className="muted">{t(isTerminal(job.state) ? "trials.none" : "trials.waiting")}</p> : <Trials job={job} trials={data} value={value} />)}
        </QueryView>
      </Section>
      {(importance.length > 0 || job.state === "succeeded") && (
        <Section title={t("importance.title")} hint={t("importance.hint", { metric: value.label })}>
          {importance.length > 0 ? (
            <div className={classes["importance"]}>
              <ScoreBars label={t("importance.title")} scores={importance.map(([path, score]) => ({ label: settingLabel(path, job, i18n), score }))} />
            </div>
          ) : (
            <p className="muted">{t("importance.too_few")}</p>
          )}
        </Section>
      )}
    </>
  );
}

function Trials({ job, trials, value }: { job: Job; trials: readonly Trial[]; value: TrialValue }) {
  const i18n = useI18n();
  const [active, setActive] = useState<number | null>(null);
  const axes = axesOf(job, trials, value, i18n);
  return (
    <div className="stack" style={{ gap: 24 }}>
      {trials.length > 1 && (
        <ParallelPlot
          label={i18n.t("trials.plot", { count: trials.length, settings: i18n.format.list(axes.slice(0, -1).map((axis) => axis.label)), metric: value.label })}
          axes={axes}
          lines={linesOf(job, trials, value, i18n)}
          active={active}
          onActive={setActive}
        />
      )}
      <TrialsTable job={job} trials={trials} value={value} active={active} onActive={setActive} />
    </div>
  );
}

function axesOf(job: Job, trials: readonly Trial[], value: TrialValue, i18n: I18n): PlotAxis[] {
  const settings = variedSettings(job).map((path): PlotAxis => {
    const values = trials.flatMap((trial) => trial.settings[path] ?? []);
    return {
      key: path,
      label: settingLabel(path, job, i18n),
      text: (shown) => settingText(path, shown, job, i18n),
      ...parallelAxis(values, { isLog: isLogSetting(path, job, values) }),
    };
  });
  const values = trials.flatMap((trial) => trial.value ?? []);
  return [...settings, { key: VALUE_AXIS, label: value.label, text: (shown) => value.text(Number(shown)), ...parallelAxis(values) }];
}

function linesOf(job: Job, trials: readonly Trial[], value: TrialValue, i18n: I18n): PlotLine[] {
  const settings = variedSettings(job);
  const place = parallelAxis(trials.flatMap((trial) => trial.value ?? [])).place;
  return trials.map((trial) => ({
    key: trial.number,
    title: [
      i18n.t("trials.number", { number: trial.number + 1 }),
      ...settings.map((path) => `${settingLabel(path, job, i18n)}: ${settingText(path, trial.settings[path], job, i18n)}`),
      trial.value === null ? i18n.t(`trials.${trial.state}`) : `${value.label}: ${value.text(trial.value)}`,
    ].join("\n"),
    tone: trial.number === job.search?.best?.number ? "best" : trial.state === "complete" ? "plain" : "faint",
    weight: trial.value === null ? 0 : place(trial.value),
    values: [...settings.map((path) => trial.settings[path] ?? null), trial.value],
  }));
}
