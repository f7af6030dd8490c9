import { Button } from "@mantine/core";

import { Notice } from "@/components/notice.tsx";
import { useSteerJob } from "@/features/jobs/job-queries.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Job } from "@/lib/api-types.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";
import { showToast } from "@/lib/toasts.ts";

interface Props {
  job: Job;
  at: string;
}

/** Says that lists leave the job out, with the way back into them. */
export function ArchivedNotice({ job, at }: Props) {
  const { t, format } = useI18n();
  const { tenant } = useWorkspace();
  const steer = useSteerJob(job.id);
  const bringBack = () => steer.mutate("unarchive", { onError: (error) => showToast(describeError(error, t), "error") });
  return (
    <Notice
      tone="info"
      action={
        canWrite(tenant.role) && (
          <Button size="sm" variant="default" loading={steer.isPending} onClick={bringBack}>
            {t("bulk.unarchive")}
          </Button>
        )
      }
    >
      <p>{t("bulk.is_archived", { at: format.dateTime(at) })}</p>
    </Notice>
  );
}
