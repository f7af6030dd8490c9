import type { ReactNode } from "react";

import { ButtonLink } from "@/components/button-link.tsx";
import { Notice } from "@/components/notice.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Dataset, DatasetVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";

interface Props {
  dataset: Dataset;
  children: (version: DatasetVersion) => ReactNode;
}

/** Rows are added to a version, by somebody who may; without either, says so. */
export function GrowGate({ dataset, children }: Props) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  if (!canWrite(tenant.role)) return <Notice tone="warning">{t("error.read_only")}</Notice>;
  if (dataset.latest_version) return children(dataset.latest_version);
  return (
    <StatePanel title={t("append.no_version")} action={<ButtonLink to={`/datasets/${dataset.id}`}>{t("labelling.to_dataset")}</ButtonLink>}>
      <p>{t("append.no_version_hint")}</p>
    </StatePanel>
  );
}
