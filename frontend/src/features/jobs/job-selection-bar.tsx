import { Button } from "@mantine/core";
import { IconArrowsLeftRight, IconPlayerStop, IconSquareOff } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { ActionBar } from "@/components/action-bar.tsx";
import { ButtonLink } from "@/components/button-link.tsx";
import { compareAddress, LEAST_JOBS, MOST_JOBS } from "@/features/compare/compare-address.ts";
import { CancelJobsDialog } from "@/features/jobs/cancel-jobs-dialog.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { JobListItem } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canCancel } from "@/lib/job-states.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { canWrite } from "@/lib/permissions.ts";
import type { RowSelection } from "@/lib/row-selection.ts";

interface Props {
  jobs: readonly JobListItem[];
  selection: RowSelection;
}

/** What can be done with the jobs that are chosen in the table. */
export function JobSelectionBar({ jobs, selection }: Props) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const navigate = useNavigate();
  const [cancelled, setCancelled] = useState<readonly JobListItem[] | null>(null);
  const chosen = jobs.filter(({ id }) => selection.selected.has(id));
  const under = chosen.filter(canCancel);
  const count = chosen.length;
  const canCompare = count >= LEAST_JOBS && count <= MOST_JOBS;
  const address = compareAddress({ ids: chosen.map(({ id }) => id), baseline: null });
  const canEnd = canWrite(tenant.role) && under.length > 0;
  const cancel = () => setCancelled(under);
  usePageActions([
    ...(canCompare ? [{ id: "compare", label: t("palette.compare_jobs", { count }), Icon: IconArrowsLeftRight, run: () => void navigate(address) }] : []),
    ...(canEnd ? [{ id: "cancel", label: t("palette.cancel_jobs", { count: under.length }), Icon: IconPlayerStop, run: cancel }] : []),
    ...(count > 0 ? [{ id: "choose-none", label: t("jobs.choose_none"), Icon: IconSquareOff, run: selection.clear }] : []),
  ]);
  return (
    <>
      {count > 0 && (
        <ActionBar
          label={t("jobs.chosen_title")}
          title={t("jobs.chosen", { count })}
          actions={
            <>
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
              <Button size="sm" variant="subtle" onClick={selection.clear}>
                {t("jobs.choose_none")}
              </Button>
            </>
          }
        >
          {!canCompare && <p className="small muted">{t("jobs.compare_needs", { least: LEAST_JOBS, most: MOST_JOBS })}</p>}
        </ActionBar>
      )}
      {cancelled !== null && <CancelJobsDialog jobs={cancelled} onClose={() => setCancelled(null)} />}
    </>
  );
}
