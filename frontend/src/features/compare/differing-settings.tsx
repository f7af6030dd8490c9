import { ScoreBars } from "@/components/score-bars.tsx";
import { Section } from "@/components/section.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import classes from "@/features/compare/compare.module.css";
import { JobMark } from "@/features/compare/job-mark.tsx";
import { correlationOf, importanceOf, LEAST_CORRELATED, type Results, resultsOf } from "@/features/compare/setting-values.ts";
import { SettingsPlot } from "@/features/compare/settings-plot.tsx";
import { plainText } from "@/features/jobs/trial-facts.ts";
import type { JobsComparison } from "@/lib/api-types.ts";
import { type I18n, useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";

interface Props {
  comparison: JobsComparison;
}

/** The settings in which the jobs differ: a picture that leads to the results, and one to a row by their path in the spec. */
export function DifferingSettings({ comparison }: Props) {
  const { t } = useI18n();
  const results = resultsOf(comparison);
  const correlated = results !== null && results.figures.size >= LEAST_CORRELATED ? results : null;
  return (
    <Section title={t("compare.settings")} hint={t("compare.settings_hint")}>
      {comparison.settings.length === 0 ? (
        <p className="muted">{t("compare.settings_alike")}</p>
      ) : (
        <div className="stack" style={{ gap: 24 }}>
          {results !== null && <SettingsPlot comparison={comparison} results={results} />}
          {correlated && <Importance comparison={comparison} results={correlated} />}
          <SettingsTable comparison={comparison} correlated={correlated} />
          {correlated && <p className="small muted">{t("compare.correlation_hint", { count: correlated.figures.size })}</p>}
        </div>
      )}
    </Section>
  );
}

function Importance({ comparison: { settings }, results }: Props & { results: Results }) {
  const i18n = useI18n();
  const { t } = i18n;
  const found = importanceOf(settings, results);
  if (found.length === 0) return null;
  return (
    <div className={`stack ${classes["importance"] ?? ""}`}>
      <h3>{t("importance.title")}</h3>
      <ScoreBars label={t("importance.title")} scores={found.map(({ path, share }) => ({ label: path, score: share }))} />
      <p className="small muted">{t("compare.importance_hint", { metric: describeMetric(results.metric, i18n).label, count: results.figures.size })}</p>
    </div>
  );
}

function SettingsTable({ comparison: { jobs, settings }, correlated }: Props & { correlated: Results | null }) {
  const i18n = useI18n();
  const { t, format } = i18n;
  return (
    <TableScroll label={t("compare.settings")}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("compare.setting")}</th>
            {correlated && (
              <th scope="col" className="num">
                {t("compare.correlation", { metric: describeMetric(correlated.metric, i18n).short })}
              </th>
            )}
            {jobs.map((job, place) => (
              <th key={job.id} scope="col" className={classes["jobColumn"]}>
                <span className="name">
                  <JobMark place={place} name={job.name} />
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {settings.map((setting) => (
            <tr key={setting.path}>
              <th scope="row">
                <code>{setting.path}</code>
              </th>
              {correlated && <td className="num">{correlationText(correlationOf(setting, correlated), format)}</td>}
              {setting.values.map(({ job_id: id, value, is_auto: isAuto }) => (
                <td key={id} className={classes["settingValue"]}>
                  {plainText(value, i18n)}
                  {isAuto && <span className="small faint"> {t("compare.by_auto")}</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function correlationText(correlation: number | null, format: I18n["format"]): string {
  if (correlation === null) return "–";
  return `${correlation > 0 ? "+" : ""}${format.significant(Number(correlation.toFixed(2)))}`;
}
