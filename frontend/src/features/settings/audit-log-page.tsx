import { Button } from "@mantine/core";
import { IconDownload, IconListDetails, IconLock } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";

import { ErrorPanel } from "@/components/error-panel.tsx";
import { MorePages } from "@/components/more-button.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { AuditFilters } from "@/features/settings/audit-filters.tsx";
import { auditQuery, NO_FILTER, useAuditCsv, useAuditLog } from "@/features/settings/audit-queries.ts";
import { AuditTable } from "@/features/settings/audit-table.tsx";
import { auditCode } from "@/features/settings/settings-code.ts";
import type { CodeGroup } from "@/lib/api-call.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { canOversee } from "@/lib/permissions.ts";
import { showToast } from "@/lib/toasts.ts";

/** Who did what in the organisation, for those who answer for it. */
export function AuditLogPage() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  return canOversee(tenant) ? (
    <AuditLog />
  ) : (
    <>
      <Header />
      <StatePanel icon={<IconLock size={28} />} title={t("audit.forbidden_title")}>
        <p>{t("audit.forbidden_hint")}</p>
      </StatePanel>
    </>
  );
}

function Header({ actions, code = [] }: { actions?: ReactNode; code?: readonly CodeGroup[] }) {
  const { t } = useI18n();
  return <PageHeader title={t("audit.title")} lead={t("audit.lead")} trail={[{ to: "/settings", label: t("nav.settings") }]} actions={actions} code={code} />;
}

function AuditLog() {
  const { t } = useI18n();
  const [filter, setFilter] = useState(NO_FILTER);
  const log = useAuditLog(filter, true);
  const csv = useAuditCsv();
  const rows = log.data?.pages.flatMap((page) => page.data);
  const canSave = rows !== undefined && rows.length > 0;
  const save = () => csv.mutate(filter, { onError: (error) => showToast(describeError(error, t), "error") });
  usePageActions(canSave && !csv.isPending ? [{ id: "audit-csv", label: t("audit.csv"), Icon: IconDownload, run: save }] : []);
  return (
    <>
      <Header
        code={auditCode(auditQuery(filter), t)}
        actions={
          <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} loading={csv.isPending} disabled={!canSave} onClick={save}>
            {t("audit.csv")}
          </Button>
        }
      />
      <AuditFilters filter={filter} onChange={(change) => setFilter((old) => ({ ...old, ...change }))} />
      {rows === undefined && (log.isError ? <ErrorPanel error={log.error} onRetry={() => void log.refetch()} /> : <Skeleton lines={6} />)}
      {rows?.length === 0 && (
        <StatePanel
          icon={<IconListDetails size={28} />}
          title={t("audit.none_title")}
          action={
            <Button variant="default" onClick={() => setFilter(NO_FILTER)}>
              {t("audit.clear")}
            </Button>
          }
        />
      )}
      {rows && rows.length > 0 && <AuditTable entries={rows} />}
      <MorePages of={log} />
    </>
  );
}
