import { IconDatabase } from "@tabler/icons-react";
import { Link } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { DatasetStateChip } from "@/components/dataset-state-chip.tsx";
import { ErrorPanel } from "@/components/error-panel.tsx";
import { MorePages } from "@/components/more-button.tsx";
import { NameFilterBar } from "@/components/name-filter-bar.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { datasetsCode } from "@/features/datasets/dataset-code.ts";
import { useDatasets } from "@/features/datasets/dataset-queries.ts";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";
import { isNamed, useNameFilter } from "@/lib/use-name-filter.ts";
import { useNow } from "@/lib/use-now.ts";

export function DatasetsPage() {
  const { t, format } = useI18n();
  const { tenant } = useWorkspace();
  const [filter, change] = useNameFilter();
  const datasets = useDatasets(filter);
  const now = useNow();
  const rows = datasets.data?.pages.flatMap((page) => page.data);
  const hasNone = rows?.length === 0 && !datasets.isPlaceholderData && !isNamed(filter);
  const create = canWrite(tenant) && <ButtonLink to="/datasets/new">{t("dataset.new")}</ButtonLink>;
  return (
    <>
      <PageHeader title={t("nav.datasets")} lead={t("datasets.lead")} code={datasetsCode(filter, canWrite(tenant), t)} actions={hasNone ? undefined : create} />
      {!hasNone && <NameFilterBar filter={filter} onChange={change} />}
      {rows === undefined &&
        (datasets.isError ? <ErrorPanel error={datasets.error} onRetry={() => void datasets.refetch()} /> : <Skeleton lines={5} />)}
      {rows?.length === 0 && !hasNone && <p className="muted">{t("jobs.none_found")}</p>}
      {hasNone && (
        <StatePanel icon={<IconDatabase size={28} />} title={t("datasets.empty_title")} action={create}>
          <p>{t("datasets.empty_hint")}</p>
        </StatePanel>
      )}
      {rows && rows.length > 0 && (
        <TableScroll label={t("nav.datasets")}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("dataset.name")}</th>
                <th scope="col">{t("field.state")}</th>
                <th scope="col" className="num">
                  {t("dataset.examples")}
                </th>
                <th scope="col" className="num roomy-only">
                  {t("dataset.labels")}
                </th>
                <th scope="col" className="num roomy-only">
                  {t("dataset.version")}
                </th>
                <th scope="col" className="num wide-only">
                  {t("field.created")}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((dataset) => (
                <tr key={dataset.id} data-link>
                  <th scope="row" style={{ width: "40%", maxWidth: "clamp(110px, 26vw, 380px)" }}>
                    <Link to={`/datasets/${dataset.id}`} className="title-link name" title={dataset.name}>
                      {dataset.name}
                    </Link>
                  </th>
                  <td>
                    <DatasetStateChip state={dataset.state} />
                  </td>
                  <td className="num">{dataset.latest_version ? format.integer(totalRows(dataset.latest_version)) : "–"}</td>
                  <td className="num roomy-only">{dataset.latest_version?.labels.length ? format.integer(dataset.latest_version.labels.length) : "–"}</td>
                  <td className="num roomy-only">{dataset.latest_version ? `v${dataset.latest_version.number}` : "–"}</td>
                  <td className="num muted wide-only">{format.relative(dataset.created_at, now)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
      <MorePages of={datasets} />
      <p className="small" style={{ marginTop: "var(--s-5)" }}>
        <Link to="/datasets/deleted" className="muted">
          {t("deleted.datasets")}
        </Link>
      </p>
    </>
  );
}
