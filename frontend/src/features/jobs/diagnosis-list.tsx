import { ButtonLink } from "@/components/button-link.tsx";
import { Notice } from "@/components/notice.tsx";
import { CheckpointDeliver } from "@/features/jobs/checkpoint-deliver.tsx";
import classes from "@/features/jobs/job.module.css";
import { proposalLink } from "@/features/jobs/proposal.ts";
import { settingLabel, settingText } from "@/features/jobs/trial-facts.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Diagnosis, DiagnosisAction, Job } from "@/lib/api-types.ts";
import { type I18n, useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";

interface Props {
  job: Job;
}

/** What explains a run, the gravest first, each with what can be done about it. Nothing at all of a sound run. */
export function DiagnosisList({ job }: Props) {
  const { t } = useI18n();
  if (job.diagnoses.length === 0) return null;
  return (
    <ul className={classes["diagnoses"]} aria-label={t("diagnosis.title")}>
      {job.diagnoses.map((diagnosis) => (
        <li key={diagnosis.code}>
          <Notice tone={diagnosis.severity}>
            <p>{diagnosis.message}</p>
            <Remedy job={job} diagnosis={diagnosis} />
          </Notice>
        </li>
      ))}
    </ul>
  );
}

function Remedy({ job, diagnosis: { action } }: { job: Job; diagnosis: Diagnosis }) {
  const i18n = useI18n();
  const { t } = i18n;
  const { tenant } = useWorkspace();
  if (action === null) return null;
  if (action.kind === "dataset") {
    return (
      <ButtonLink size="xs" variant="default" className={classes["remedy"] ?? ""} to={`/datasets/${job.dataset.id}`}>
        {t("diagnosis.see_data")}
      </ButtonLink>
    );
  }
  if (!canWrite(tenant)) return null;
  if (action.kind === "checkpoint") return <CheckpointDeliver checkpointId={String(action.value)} variant="default" className={classes["remedy"] ?? ""} />;
  return (
    <ButtonLink size="xs" variant="default" className={classes["remedy"] ?? ""} to={proposalLink(job.id, action)}>
      {remedyText(job, action, i18n)}
    </ButtonLink>
  );
}

function remedyText(job: Job, { field, value }: DiagnosisAction, i18n: I18n): string {
  const { t } = i18n;
  const setting = settingLabel(field ?? "", job, i18n);
  return typeof value === "boolean" ? t("diagnosis.duplicate_setting", { setting }) : t("diagnosis.duplicate_with", { setting, value: settingText(field ?? "", value, job, i18n) });
}
