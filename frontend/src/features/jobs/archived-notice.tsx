import { Button } from "@mantine/core";

import { Notice } from "@/components/notice.tsx";
import { useArchiveJob } from "@/features/jobs/use-archive-job.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Job } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";

interface Props {
  job: Job;
  at: string;
}

/** Says that lists leave the job out, with the way back into them. */
export function ArchivedNotice({ job, at }: Props) {
  const { t, format } = useI18n();
  const { tenant } = useWorkspace();
  const archive = useArchiveJob(job.id);
  return (
    <Notice
      tone="info"
      action={
        canWrite(tenant) && (
          <Button size="sm" variant="default" onClick={() => void archive("unarchive")}>
            {t("bulk.unarchive")}
          </Button>
        )
      }
    >
      <p>{t("bulk.is_archived", { at: format.dateTime(at) })}</p>
    </Notice>
  );
}
