import { Button } from "@mantine/core";
import { useState } from "react";

import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { useForgetAndReload } from "@/features/session/session-queries.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useLeave, useMembers } from "@/features/settings/settings-queries.ts";
import type { Member } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canRead } from "@/lib/permissions.ts";
import { showToast } from "@/lib/toasts.ts";

/** Whether somebody is the one owner there is. Of a list that goes on, nobody knows. */
function isOnlyOwner(userId: string, members: readonly Member[], cursor: string | null): boolean {
  const owners = members.filter(({ role }) => role === "owner");
  return cursor === null && owners.length === 1 && owners[0]?.user.id === userId;
}

/** The way out of an organisation for any of its members, or why there is none yet. */
export function LeaveOrganisation() {
  const { t } = useI18n();
  const { tenant, user } = useWorkspace();
  const members = useMembers(canRead(tenant));
  const leave = useLeave();
  const reload = useForgetAndReload();
  const [isAsking, setIsAsking] = useState(false);
  const onLeft = () => {
    setIsAsking(false);
    showToast(t("members.left", { name: tenant.name }));
    void reload();
  };
  if (members.data !== undefined && isOnlyOwner(user.id, members.data.data, members.data.next_cursor)) {
    return <p className="small muted">{t("members.only_owner")}</p>;
  }
  return (
    <div>
      <Button
        variant="default"
        onClick={() => {
          leave.reset();
          setIsAsking(true);
        }}
      >
        {t("members.leave")}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        title={t("members.leave_title")}
        confirmLabel={t("members.leave")}
        isPending={leave.isPending}
        error={leave.error}
        onClose={() => setIsAsking(false)}
        onConfirm={() => leave.mutate(undefined, { onSuccess: onLeft })}
      >
        <p>{t("members.leave_hint", { name: tenant.name })}</p>
      </ConfirmDialog>
    </div>
  );
}
