import { Button } from "@mantine/core";

import { QueryView } from "@/components/query-view.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useInvitations, useRevokeInvitation } from "@/features/settings/settings-queries.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canManage } from "@/lib/permissions.ts";
import { showToast } from "@/lib/toasts.ts";

export function InvitationList() {
  const { t, format } = useI18n();
  const { tenant } = useWorkspace();
  const invitations = useInvitations(true);
  const revoke = useRevokeInvitation();
  return (
    <QueryView query={invitations} lines={2}>
      {({ data }) =>
        data.length === 0 ? null : (
          <TableScroll label={t("invitation.title")}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("invitation.title")}</th>
                  <th scope="col">{t("members.role")}</th>
                  <th scope="col" className="num">
                    {t("invitation.expires")}
                  </th>
                  <th scope="col">
                    <span className="visually-hidden">{t("field.actions")}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.map((invitation) => (
                  <tr key={invitation.id}>
                    <th scope="row" style={{ maxWidth: 260 }}>
                      <span className="name" title={invitation.email}>
                        {invitation.email}
                      </span>
                    </th>
                    <td>{t(`role.${invitation.role}`)}</td>
                    <td className="num muted">{format.date(invitation.expires_at)}</td>
                    <td className="num">
                      {canManage(tenant) && (
                        <Button
                          size="xs"
                          variant="subtle"
                          aria-label={t("invitation.revoke_named", { email: invitation.email })}
                          disabled={revoke.isPending}
                          onClick={() => revoke.mutate(invitation.id, { onError: (error) => showToast(describeError(error, t), "error") })}
                        >
                          {t("action.revoke")}
                        </Button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableScroll>
        )
      }
    </QueryView>
  );
}
