import { Button } from "@mantine/core";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useRestoreTenant } from "@/features/settings/settings-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Above every page of an organisation that was deleted; nothing of one that was not. */
export function DeletedOrganisation() {
  const { t, format } = useI18n();
  const { tenant } = useWorkspace();
  const restore = useRestoreTenant();
  if (tenant.restorable_until === null) return null;
  const isOwner = tenant.role === "owner";
  return (
    <Notice
      tone="warning"
      title={t("org.is_deleted", { name: tenant.name })}
      action={
        isOwner && (
          <Button variant="default" loading={restore.isPending} onClick={() => restore.mutate(undefined)}>
            {t("org.restore")}
          </Button>
        )
      }
    >
      <p>{t(isOwner ? "org.is_deleted_owner" : "org.is_deleted_member", { at: format.dateTime(tenant.restorable_until) })}</p>
      <ErrorNotice error={restore.error} />
    </Notice>
  );
}
