import { IconCheck, IconShieldCheck, IconStethoscope, IconStethoscopeOff } from "@tabler/icons-react";

import { Notice } from "@/components/notice.tsx";
import { ProgressBar } from "@/components/progress-bar.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { DifficultyMapSection } from "@/features/datasets/difficulty-map.tsx";
import { checkName, skipReason, soundChecks, worstFirst } from "@/features/datasets/doctor-checks.ts";
import { isAtWork, useDoctorReport } from "@/features/datasets/doctor-queries.ts";
import classes from "@/features/datasets/doctor.module.css";
import { FindingCard } from "@/features/datasets/finding-card.tsx";
import { FindingEffect } from "@/features/datasets/finding-effect.tsx";
import { NamesSection } from "@/features/datasets/names-section.tsx";
import { TokenLengthsSection } from "@/features/datasets/token-lengths.tsx";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { versionName } from "@/features/datasets/version-words.ts";
import type { DoctorReport } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** What the data doctor says about the latest version, as it says it. */
export function DoctorPanel() {
  const { t } = useI18n();
  const { version } = useDatasetWork();
  const report = useDoctorReport(version.id);
  const fixed = version.change?.kind === "fix" ? version.change : null;
  return (
    <>
      {fixed?.finding_id !== undefined && (
        <Section title={t("effect.title_of", { check: checkName(fixed.code ?? "", t) })}>
          <FindingEffect findingId={fixed.finding_id} />
        </Section>
      )}
      <QueryView query={report} lines={6}>
        {(data) =>
          data === null ? (
            <StatePanel icon={<IconStethoscopeOff size={28} />} title={t("doctor.off_title", { version: versionName(version) })}>
              <p>{t("doctor.off_hint")}</p>
            </StatePanel>
          ) : (
            <ReportView report={data} />
          )
        }
      </QueryView>
    </>
  );
}

function ReportView({ report }: { report: DoctorReport }) {
  const { t } = useI18n();
  const { version } = useDatasetWork();
  const open = worstFirst(report.findings.filter(({ decision }) => decision === "open"));
  const over = worstFirst(report.findings.filter(({ decision }) => decision !== "open"));
  const isSound = report.state === "done" && report.findings.length === 0;
  const count = totalRows(version);
  return (
    <>
      {isAtWork(report) && <AtWork report={report} />}
      {report.error && (
        <div className={classes["notice"]}>
          <Notice tone="warning" title={t("doctor.failed_title")}>
            <p>{report.error.message}</p>
          </Notice>
        </div>
      )}
      {isSound ? (
        <StatePanel icon={<IconShieldCheck size={28} />} title={t("doctor.nothing_title", { count })}>
          <p>{t("doctor.nothing_hint")}</p>
        </StatePanel>
      ) : (
        (report.findings.length > 0 || !isAtWork(report)) && (
          <Section
            title={t("doctor.findings", { count: report.findings.length })}
            hint={report.state === "done" ? t("doctor.findings_hint", { version: versionName(version), count }) : undefined}
          >
            <div className={classes["findings"]}>
              {open.map((finding, index) => (
                <FindingCard key={finding.id} finding={finding} isWorst={index === 0} />
              ))}
              {open.length === 0 && over.length > 0 && <p className="muted">{t("doctor.all_decided")}</p>}
            </div>
          </Section>
        )
      )}
      {over.length > 0 && (
        <Section title={t("doctor.decided", { count: over.length })}>
          <div className={classes["findings"]}>
            {over.map((finding) => (
              <FindingCard key={finding.id} finding={finding} isWorst={false} />
            ))}
          </div>
        </Section>
      )}
      <NamesSection />
      {report.token_lengths && <TokenLengthsSection lengths={report.token_lengths} />}
      {report.has_map && <DifficultyMapSection />}
      {report.state === "done" && <Checked report={report} />}
    </>
  );
}

function AtWork({ report }: { report: DoctorReport }) {
  const { t } = useI18n();
  const { progress } = report;
  const isCounted = progress !== null && progress.total > 0 && progress.stage === "checks";
  const words = (() => {
    if (progress === null) return t(report.state === "queued" ? "doctor.queued" : "doctor.starting");
    if (progress.stage === "checks") return t("doctor.stage_checks", { done: progress.done, total: progress.total });
    if (progress.stage === "names") return t("doctor.stage_names");
    return t(progress.stage === "map" ? "doctor.stage_map" : "doctor.stage_reading");
  })();
  return (
    <div className={classes["work"]} role="status">
      <p className="row">
        <IconStethoscope size={18} aria-hidden />
        <strong>{words}</strong>
      </p>
      <ProgressBar label={t("doctor.progress")} share={isCounted ? progress.done / progress.total : null} />
      <p className="small muted">{t("doctor.work_hint")}</p>
    </div>
  );
}

/** What nothing was found by, and what could not be looked for. */
function Checked({ report }: { report: DoctorReport }) {
  const { t, format } = useI18n();
  const { dataset } = useDatasetWork();
  const sound = soundChecks(dataset.task, report.findings, report.skipped);
  const skipped = Object.entries(report.skipped);
  return (
    <Section title={t("doctor.checked")} hint={report.seconds === null ? undefined : t("doctor.took", { time: format.duration(report.seconds) })}>
      <div className={classes["checked"]}>
        {sound.length > 0 && (
          <div>
            <h3 className={classes["subtitle"]}>{t("doctor.sound", { count: sound.length })}</h3>
            <ul className={classes["sound"]}>
              {sound.map((code) => (
                <li key={code}>
                  <IconCheck size={15} aria-hidden />
                  {checkName(code, t)}
                </li>
              ))}
            </ul>
          </div>
        )}
        {skipped.length > 0 && (
          <div>
            <h3 className={classes["subtitle"]}>{t("doctor.skipped", { count: skipped.length })}</h3>
            <dl className={classes["skipped"]}>
              {skipped.map(([code, reason]) => (
                <div key={code}>
                  <dt>{checkName(code, t)}</dt>
                  <dd className="muted">{skipReason(reason, t)}</dd>
                </div>
              ))}
            </dl>
          </div>
        )}
      </div>
    </Section>
  );
}
