import { Button } from "@mantine/core";
import { IconCircleCheckFilled } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { ButtonLink } from "@/components/button-link.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { isMoving } from "@/features/datasets/dataset-queries.ts";
import { isAtWork } from "@/features/datasets/doctor-queries.ts";
import { useSampleDataset } from "@/features/overview/home-queries.ts";
import classes from "@/features/overview/overview.module.css";
import type { FirstSteps } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useIdempotencyKey } from "@/lib/use-idempotency-key.ts";

interface Props {
  steps: FirstSteps;
  canStart: boolean;
}

/** The way from nothing to a model in three steps that tick themselves off. The next one has the one filled button. */
export function StartSteps({ steps: { dataset, has_job: hasJob }, canStart }: Props) {
  const { t } = useI18n();
  const version = dataset?.version_id ?? null;
  const isExamined = dataset?.doctor_state === "done";
  return (
    <ol className={classes["steps"]} aria-label={t("start.label")}>
      <Step number="1" isDone={version !== null} title={t("start.data")} text={t("start.data_text")}>
        {dataset === null ? canStart && <GetData /> : <DataStep dataset={dataset} />}
      </Step>
      <Step number="2" isDone={isExamined} title={t("start.doctor")} text={t("start.doctor_text")}>
        {dataset && version !== null && <DoctorStep dataset={dataset} />}
      </Step>
      <Step number="3" isDone={hasJob} title={t("start.train")} text={t("start.train_text")}>
        {dataset && version !== null && canStart && !hasJob && (
          <ButtonLink to={`/jobs/new?dataset=${dataset.id}&version=${version}`}>{t("start.launch")}</ButtonLink>
        )}
      </Step>
    </ol>
  );
}

interface StepProps {
  number: string;
  isDone: boolean;
  title: string;
  text: string;
  children: ReactNode;
}

function Step({ number, isDone, title, text, children }: StepProps) {
  const { t } = useI18n();
  return (
    <li className={classes["step"]} data-done={isDone || undefined}>
      <span className={classes["number"]}>
        {isDone ? (
          <>
            <IconCircleCheckFilled size={15} aria-hidden /> {t("start.done")}
          </>
        ) : (
          number
        )}
      </span>
      <h2>{title}</h2>
      <p>{text}</p>
      <div role="status" className={classes["stepAction"]}>
        {children}
      </div>
    </li>
  );
}

function GetData() {
  const { t } = useI18n();
  const sample = useSampleDataset();
  const keyFor = useIdempotencyKey();
  return (
    <>
      <div className="row">
        <Button loading={sample.isPending} disabled={sample.isSuccess} onClick={() => sample.mutate(keyFor("sample"))}>
          {t("start.sample")}
        </Button>
        <ButtonLink to="/datasets/new" variant="default">
          {t("start.own")}
        </ButtonLink>
      </div>
      <p className="small faint">{t("start.sample_text")}</p>
      <ErrorNotice error={sample.error} />
    </>
  );
}

type Newest = NonNullable<FirstSteps["dataset"]>;

function DataStep({ dataset }: { dataset: Newest }) {
  const { t } = useI18n();
  if (dataset.version_id === null && isMoving(dataset)) return <p className="small muted">{t("start.reading")}</p>;
  const label = dataset.state === "needs_mapping" ? "waiting.confirm_columns" : dataset.state === "invalid" ? "waiting.see_problems" : "start.look";
  return (
    <ButtonLink to={`/datasets/${dataset.id}`} variant={dataset.version_id === null ? "filled" : "default"} size="sm">
      {t(label)}
    </ButtonLink>
  );
}

function DoctorStep({ dataset }: { dataset: Newest }) {
  const { t } = useI18n();
  const { doctor_state: state, num_findings: count } = dataset;
  if (isAtWork({ state })) return <p className="small muted">{t("start.doctor_running")}</p>;
  if (state === null) return null;
  return (
    <>
      {state === "done" && <p className="small muted">{count === 0 ? t("start.doctor_clean") : t("start.doctor_found", { count })}</p>}
      <ButtonLink to={`/datasets/${dataset.id}?tab=doctor`} variant="default" size="sm">
        {t("waiting.see_findings")}
      </ButtonLink>
    </>
  );
}
