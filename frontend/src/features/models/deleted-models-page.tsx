import { DeletedList } from "@/components/deleted-list.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { useDeletedModels, useRestoreModel } from "@/features/models/model-queries.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";
import { useNameFilter } from "@/lib/use-name-filter.ts";

export function DeletedModelsPage() {
  const { t } = useI18n();
  const { tenant, restorableDays } = useWorkspace();
  const [filter, change] = useNameFilter();
  const deleted = useDeletedModels(filter);
  const restore = useRestoreModel({ refetchType: "none" });
  const title = t("deleted.models");
  return (
    <>
      <PageHeader title={title} lead={t("deleted.lead", { count: restorableDays })} trail={[{ to: "/models", label: t("nav.models") }]} />
      <DeletedList
        title={title}
        query={deleted}
        filter={filter}
        onFilter={change}
        restore={canWrite(tenant) ? restore : null}
        addressOf={(id) => `/models/${id}`}
      />
    </>
  );
}
