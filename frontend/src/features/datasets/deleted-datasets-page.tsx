import { DeletedList } from "@/components/deleted-list.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { useDeletedDatasets, useRestoreDataset } from "@/features/datasets/dataset-queries.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";
import { useNameFilter } from "@/lib/use-name-filter.ts";

export function DeletedDatasetsPage() {
  const { t } = useI18n();
  const { tenant, restorableDays } = useWorkspace();
  const [filter, change] = useNameFilter();
  const deleted = useDeletedDatasets(filter);
  const restore = useRestoreDataset({ refetchType: "none" });
  const title = t("deleted.datasets");
  return (
    <>
      <PageHeader title={title} lead={t("deleted.lead", { count: restorableDays })} trail={[{ to: "/datasets", label: t("nav.datasets") }]} />
      <DeletedList
        title={title}
        query={deleted}
        filter={filter}
        onFilter={change}
        restore={canWrite(tenant) ? restore : null}
        addressOf={(id) => `/datasets/${id}`}
      />
    </>
  );
}
