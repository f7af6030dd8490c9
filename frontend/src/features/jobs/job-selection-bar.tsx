import { Button } from "@mantine/core";
import { IconArrowsLeftRight, IconPlayerStop, IconSquareOff } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";

import { ActionBar } from "@/components/action-bar.tsx";
import { ButtonLink } from "@/components/button-link.tsx";
import { compareAddress, LEAST_JOBS, MOST_JOBS } from "@/features/compare/compare-address.ts";
import { BulkMenu } from "@/features/jobs/bulk-menu.tsx";
import { CancelJobsDialog } from "@/features/jobs/cancel-jobs-dialog.tsx";
import classes from "@/features/jobs/job.module.css";
import { type Bulk, useBulk } from "@/features/jobs/use-bulk.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { JobListItem } from "@/lib/api-types.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { canCancel } from "@/lib/job-states.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { canWrite } from "@/lib/permissions.ts";
import type { RowSelection } from "@/lib/row-selection.ts";

interface Props {
  jobs: readonly JobListItem[];
  selection: RowSelection;
}

/** What can be done with the jobs that are chosen in the table, and what came of it; that stays when the jobs have left the list. */
export function JobSelectionBar({ jobs, selection }: Props) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const navigate = useNavigate();
  const [cancelled, setCancelled] = useState<readonly JobListItem[] | null>(null);
  const bulk = useBulk();
  const chosen = jobs.filter(({ id }) => selection.selected.has(id));
  const under = chosen.filter(canCancel);
  const count = chosen.length;
  const canCompare = count >= LEAST_JOBS && count <= MOST_JOBS;
  const undoButton = useRef<HTMLButtonElement>(null);
  const lastButton = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // The button that was pressed may be gone with the jobs that left the list.
    if (bulk.tried !== null && document.activeElement === document.body) (undoButton.current ?? lastButton.current)?.focus();
  }, [bulk.tried]);
  const failures = bulk.tried?.filter(({ error }) => error !== null) ?? [];
  const address = compareAddress({ ids: chosen.map(({ id }) => id), baseline: null });
  const canEnd = canWrite(tenant) && under.length > 0;
  const cancel = () => setCancelled(under);
  usePageActions([
    ...(canCompare ? [{ id: "compare", label: t("palette.compare_jobs", { count }), Icon: IconArrowsLeftRight, run: () => void navigate(address) }] : []),
    ...(canEnd ? [{ id: "cancel", label: t("palette.cancel_jobs", { count: under.length }), Icon: IconPlayerStop, run: cancel }] : []),
    ...(count > 0 ? [{ id: "choose-none", label: t("jobs.choose_none"), Icon: IconSquareOff, run: selection.clear }] : []),
  ]);
  return (
    <>
      {(count > 0 || bulk.verb !== null) && (
        <ActionBar
          label={t("jobs.chosen_title")}
          title={bulk.verb === null ? t("jobs.chosen", { count }) : summaryOf(bulk, t)}
          actions={
            <>
              {bulk.undo !== null && (
                <Button ref={undoButton} size="sm" variant="default" onClick={bulk.undo}>
                  {t("bulk.undo")}
                </Button>
              )}
              {canCompare && (
                <ButtonLink size="sm" to={address}>
                  {t("jobs.compare", { count })}
                </ButtonLink>
              )}
              {canEnd && (
                <Button size="sm" variant="default" onClick={cancel}>
                  {t("jobs.cancel", { count: under.length })}
                </Button>
              )}
              {canWrite(tenant) && count > 0 && <BulkMenu jobs={chosen} isPending={bulk.isPending} onStart={(action) => bulk.start(action, chosen)} />}
              <Button
                ref={lastButton}
                size="sm"
                variant="subtle"
                disabled={bulk.isPending}
                onClick={() => {
                  bulk.forget();
                  selection.clear();
                }}
              >
                {t(count > 0 ? "jobs.choose_none" : "action.close")}
              </Button>
            </>
          }
        >
          {bulk.verb !== null && count > 0 && <p className="small muted">{t("jobs.chosen", { count })}</p>}
          {failures.length > 0 && (
            <ul className={`small ${classes["namedJobs"] ?? ""}`}>
              {failures.map(({ job, error }) => (
                <li key={job.id} className="wrap">
                  {job.name}: {describeError(error, t)}
                </li>
              ))}
            </ul>
          )}
          {count > 0 && !canCompare && <p className="small muted">{t("jobs.compare_needs", { least: LEAST_JOBS, most: MOST_JOBS })}</p>}
        </ActionBar>
      )}
      {cancelled !== null && <CancelJobsDialog jobs={cancelled} onClose={() => setCancelled(null)} />}
    </>
  );
}

function summaryOf({ verb, isUndo, isPending, numDone, numJobs, tried }: Bulk, t: Translate): string {
  if (isPending || tried === null || verb === null) return t("bulk.progress", { done: numDone, all: numJobs });
  const failed = tried.filter(({ error }) => error !== null).length;
  const count = tried.length - failed;
  const done = t(isUndo ? "bulk.undone" : `bulk.done_${verb}`, { count });
  return failed === 0 ? done : t("bulk.with_failures", { done, count: failed });
}
