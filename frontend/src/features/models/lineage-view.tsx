import { type Icon, IconArrowMerge, IconChartDots3, IconDatabase, IconFlame, IconPlugConnected } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { Chip } from "@/components/chip.tsx";
import { JobStateChip } from "@/components/job-state-chip.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import classes from "@/features/models/lineage.module.css";
import { useLineage } from "@/features/models/model-queries.ts";
import { VerdictChip } from "@/features/models/verdict-chip.tsx";
import type { Lineage, LineageData } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const KINDS = {
  data: { label: "lineage.data", Icon: IconDatabase },
  job: { label: "lineage.job", Icon: IconFlame },
  model: { label: "lineage.model", Icon: IconChartDots3 },
  deployment: { label: "lineage.deployment", Icon: IconPlugConnected },
} as const;

interface Props {
  modelId: string;
  versionId: string;
}

/** The way of a model version from its data to whoever asks it. */
export function LineageSection({ modelId, versionId }: Props) {
  const { t } = useI18n();
  const lineage = useLineage(modelId, versionId);
  return (
    <Section title={t("lineage.title")} hint={t("lineage.hint")}>
      <QueryView query={lineage} lines={3}>
        {(data) => <LineageView lineage={data} />}
      </QueryView>
    </Section>
  );
}

/** An ordered list that looks like a drawing: whoever does not see it hears the steps one after the other. */
export function LineageView({ lineage }: { lineage: Lineage }) {
  const { t, format } = useI18n();
  const { dataset_versions: data, num_earlier: earlier, job, model, deployment } = lineage;
  const [oldest] = data;
  const isReady = deployment.state === "ready";
  return (
    <div className={classes["frame"]}>
      <ol className={classes["steps"]} aria-label={t("lineage.title")}>
        {earlier > 0 && oldest && (
          <li className={classes["earlier"]}>
            <Goal to={oldest.is_deleted ? null : `/datasets/${oldest.dataset_id}?tab=versions`}>
              <span className={classes["detail"]}>{t("lineage.earlier", { count: earlier })}</span>
            </Goal>
          </li>
        )}
        {data.map((step, index) => (
          <DataStep key={step.version_id} step={step} before={data[index - 1] ?? null} />
        ))}
        <Step
          kind="job"
          to={job && `/jobs/${job.id}`}
          name={job?.name ?? t("lineage.job_gone")}
          detail={job && `${job.base_model}${job.finished_at === null ? "" : ` · ${format.dateTime(job.finished_at)}`}`}
          state={job && <JobStateChip job={{ state: job.state, desired: "run" }} />}
        />
        <Step
          kind="model"
          isHere
          to={`/models/${model.id}?version=${model.version_id}`}
          name={model.name}
          number={model.number}
          detail={format.dateTime(model.created_at)}
          state={<VerdictChip outcome={model.summary.verdict} />}
        />
        <Step
          kind="deployment"
          anchor={isReady ? "#try" : "#files"}
          name={t(isReady ? "lineage.prediction_api" : "lineage.own_machine")}
          detail={isReady ? t("lineage.ready_hint") : (deployment.message ?? null)}
          state={<Chip tone={isReady ? "cool" : "held"}>{t(`lineage.${deployment.state}`)}</Chip>}
        />
      </ol>
    </div>
  );
}

/** A dataset version; what was merged into it stands under it. */
function DataStep({ step, before }: { step: LineageData; before: LineageData | null }) {
  const { t } = useI18n();
  const rows = t("lineage.rows", { count: step.num_rows });
  const compared = before === null ? "" : `&version=${step.number}&against=${before.number}`;
  const { merged } = step;
  return (
    <Step
      kind="data"
      to={step.is_deleted ? null : `/datasets/${step.dataset_id}?tab=versions${compared}`}
      name={step.dataset_name}
      number={step.number}
      detail={step.change === null ? rows : `${t(`versions.kind.${step.change}`)} · ${rows}`}
      state={<DataChip isDeleted={step.is_deleted} />}
    >
      {merged && (
        <div className={classes["merged"]}>
          <Goal to={merged.is_deleted ? null : `/datasets/${merged.dataset_id}?tab=versions`}>
            <Kind Icon={IconArrowMerge} label={t("lineage.merged")} number={merged.number} />
            <Name name={merged.dataset_name} />
            <span className={classes["detail"]}>{t("lineage.rows", { count: merged.num_rows })}</span>
            {merged.is_deleted && (
              <span className={classes["state"]}>
                <DataChip isDeleted />
              </span>
            )}
          </Goal>
        </div>
      )}
    </Step>
  );
}

function DataChip({ isDeleted }: { isDeleted: boolean }) {
  const { t } = useI18n();
  return <Chip tone={isDeleted ? "stopped" : "cool"}>{t(isDeleted ? "lineage.deleted" : "lineage.kept")}</Chip>;
}

interface StepProps {
  kind: keyof typeof KINDS;
  /** Another page, or null where there is none any more. */
  to?: string | null;
  /** A place on this page instead. */
  anchor?: string;
  isHere?: boolean;
  name: string;
  number?: number;
  detail: string | null;
  state: ReactNode;
  children?: ReactNode;
}

function Step({ kind, to = null, anchor, isHere = false, name, number, detail, state, children }: StepProps) {
  const { t } = useI18n();
  const { label, Icon } = KINDS[kind];
  return (
    <li className={classes["step"]} data-kind={kind} data-here={isHere || undefined}>
      <Goal to={to} anchor={anchor} isHere={isHere}>
        <Kind Icon={Icon} label={t(label)} {...(number === undefined ? {} : { number })} />
        <Name name={name} />
        {detail !== null && <span className={classes["detail"]}>{detail}</span>}
        {state !== null && <span className={classes["state"]}>{state}</span>}
      </Goal>
      {children}
    </li>
  );
}

/** What a box is, with the number of a version: a long name may be cut, the number may not. */
function Kind({ Icon, label, number }: { Icon: Icon; label: string; number?: number }) {
  return (
    <span className={classes["kind"]}>
      <Icon size={15} aria-hidden />
      {label}
      {number !== undefined && <span className={classes["number"]}> v{number}</span>}
    </span>
  );
}

function Name({ name }: { name: string }) {
  return (
    <span className={classes["name"]} title={name}>
      <bdi>{name}</bdi>
    </span>
  );
}

interface GoalProps {
  to: string | null;
  anchor?: string | undefined;
  isHere?: boolean;
  children: ReactNode;
}

/** A box that leads somewhere, unless what it stands for is gone. */
function Goal({ to, anchor, isHere = false, children }: GoalProps) {
  if (anchor !== undefined) {
    return (
      <a href={anchor} className={classes["box"]}>
        {children}
      </a>
    );
  }
  if (to === null) return <div className={classes["box"]}>{children}</div>;
  return (
    <Link to={to} className={classes["box"]} aria-current={isHere ? "page" : undefined} preventScrollReset={isHere}>
      {children}
    </Link>
  );
}
