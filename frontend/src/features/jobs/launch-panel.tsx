import { Button, TextInput } from "@mantine/core";
import { IconBraces, IconFlame } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { ButtonLink } from "@/components/button-link.tsx";
import { CodeButton } from "@/components/code-button.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { compareAddress, LEAST_JOBS } from "@/features/compare/compare-address.ts";
import { EstimateLine } from "@/features/jobs/estimate-line.tsx";
import { newJobCode } from "@/features/jobs/job-code.ts";
import classes from "@/features/jobs/launch.module.css";
import { type LimitHit, LimitNotices } from "@/features/jobs/limit-notices.tsx";
import type { ApiError } from "@/lib/api-error.ts";
import type { Job, JobCreate } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** What a batch is about to do, and what became of those that were tried. */
export interface BatchState {
  /** To be launched; those that are made already are not among them. */
  bodies: readonly JobCreate[];
  /** What all of them take, in words. */
  total: string | null;
  /** What some or all of them may run into. */
  limits: readonly LimitHit[];
  made: readonly Job[];
  numRefused: number;
}

interface Props {
  body: JobCreate | null;
  batch: BatchState | null;
  /** Null while the launch is edited as text, which has its own. */
  name: string | null;
  /** Why it cannot be launched yet, or the way to it. */
  blocked: ReactNode;
  isAllowed: boolean;
  isPending: boolean;
  error: ApiError | null;
  onName: (name: string) => void;
  onEditText: (() => void) | null;
}

/** Beside the decisions, or below them: what they come to, and the button. */
export function LaunchPanel({ body, batch, name, blocked, isAllowed, isPending, error, onName, onEditText }: Props) {
  const { t } = useI18n();
  const canLaunch = isAllowed && (batch === null ? body !== null : batch.bodies.length > 0);
  const label = batch === null || batch.bodies.length === 0 ? t("job.launch") : t(batch.numRefused > 0 ? "batch.try_again" : "batch.launch", { count: batch.bodies.length });
  const bodies = batch?.bodies ?? (body === null ? [] : [body]);
  return (
    <aside className={classes["beside"]} aria-label={t("launch.comes_to")}>
      <h2>{t("launch.comes_to")}</h2>
      {batch === null ? (
        <EstimateLine body={body} isAllowed={isAllowed} />
      ) : (
        <div className="stack" aria-live="polite">
          <p className="prose">{batch.total ?? t("batch.choose_two")}</p>
          <LimitNotices hits={batch.limits} />
        </div>
      )}
      {name !== null && (
        <TextInput
          label={t("job.name_optional")}
          description={t(batch === null ? "job.name_hint" : "batch.name_hint")}
          maxLength={200}
          value={name}
          error={error?.messageFor("name")}
          onChange={(event) => onName(event.currentTarget.value)}
        />
      )}
      <ErrorNotice error={error} />
      {batch !== null && batch.numRefused > 0 && !isPending && (
        <Notice tone="error" isAlert title={t("batch.partly", { made: batch.made.length, count: batch.numRefused })}>
          <p>{t("batch.partly_hint")}</p>
        </Notice>
      )}
      <div className={classes["actions"]}>
        <Button type="submit" fullWidth loading={isPending} disabled={!canLaunch} leftSection={<IconFlame size={17} aria-hidden />}>
          {label}
        </Button>
        {blocked !== null && <span className="small muted">{blocked}</span>}
        {batch !== null && batch.made.length >= LEAST_JOBS && !isPending && <ButtonLink variant="default" to={compareAddress({ ids: batch.made.map(({ id }) => id), baseline: null })}>{t("batch.compare", { count: batch.made.length })}</ButtonLink>}
        <CodeButton title={t("code.this_page")} groups={newJobCode(bodies, isAllowed, t)} isOfPage />
        {onEditText !== null && (
          <Button variant="subtle" leftSection={<IconBraces size={16} aria-hidden />} disabled={body === null} onClick={onEditText}>
            {t("spec.edit")}
          </Button>
        )}
      </div>
      <p className="small muted">{t("job.step_launch_hint")}</p>
    </aside>
  );
}
