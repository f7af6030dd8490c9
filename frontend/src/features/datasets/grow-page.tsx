import type { ReactNode } from "react";
import { useParams } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { growCode } from "@/features/datasets/dataset-code.ts";
import { useDataset } from "@/features/datasets/dataset-queries.ts";
import { ReadOnlyNotice } from "@/features/session/read-only-notice.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Dataset, DatasetVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";

interface Props {
  title: string;
  lead: (name: string) => string;
  children: (dataset: Dataset, version: DatasetVersion) => ReactNode;
}

/** The page of a dataset that rows are added to: to its latest version, by somebody who may; without either, says so. */
export function GrowPage({ title, lead, children }: Props) {
  const { datasetId = "" } = useParams();
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const dataset = useDataset(datasetId);
  return (
    <>
      {!dataset.data && <h1 className="visually-hidden">{title}</h1>}
      <QueryView query={dataset} lines={6}>
        {(data) => (
          <>
            <PageHeader code={canWrite(tenant) ? growCode(data, t) : []} title={title} lead={lead(data.name)} trail={[{ to: "/datasets", label: t("nav.datasets") }, { to: `/datasets/${data.id}?tab=rows`, label: data.name }]} />
            <Gate dataset={data}>{(version) => children(data, version)}</Gate>
          </>
        )}
      </QueryView>
    </>
  );
}

function Gate({ dataset, children }: { dataset: Dataset; children: (version: DatasetVersion) => ReactNode }) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  if (!canWrite(tenant)) return <ReadOnlyNotice />;
  if (dataset.latest_version) return children(dataset.latest_version);
  return (
    <StatePanel title={t("append.no_version")} action={<ButtonLink to={`/datasets/${dataset.id}`}>{t("labelling.to_dataset")}</ButtonLink>}>
      <p>{t("append.no_version_hint")}</p>
    </StatePanel>
  );
}
