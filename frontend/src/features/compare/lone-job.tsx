import { IconArrowsDiff } from "@tabler/icons-react";

import { StatePanel } from "@/components/state-panel.tsx";
import { useJob } from "@/features/jobs/job-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  jobId: string | null;
}

/** In place of a comparison while there are too few jobs for one. */
export function LoneJob({ jobId }: Props) {
  const { t } = useI18n();
  const job = useJob(jobId ?? "", false);
  return (
    <StatePanel icon={<IconArrowsDiff size={28} />} title={t(jobId === null ? "compare.none_title" : "compare.one_title")}>
      <p className="wrap">{job.data ? t("compare.one_hint", { name: job.data.name }) : t("compare.none_hint")}</p>
    </StatePanel>
  );
}
