import { Button, Select } from "@mantine/core";
import { useState } from "react";

import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { settingsCalls } from "@/features/settings/calls.ts";
import { InvitationList } from "@/features/settings/invitation-list.tsx";
import { InviteForm } from "@/features/settings/invite-form.tsx";
import { assignableRoles, ROLES } from "@/features/settings/roles.ts";
import { useChangeRole, useMembers, useRemoveMember } from "@/features/settings/settings-queries.ts";
import type { Member } from "@/lib/api-types.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canManage, canOversee } from "@/lib/permissions.ts";
import { showToast } from "@/lib/toasts.ts";

export function MembersSection() {
  const { t, format } = useI18n();
  const { tenant, user } = useWorkspace();
  const members = useMembers();
  const changeRole = useChangeRole();
  const removeMember = useRemoveMember();
  const [removed, setRemoved] = useState<Member | null>(null);
  const isManager = canManage(tenant);
  const canChange = (member: Member) => isManager && (member.role !== "owner" || tenant.role === "owner");
  return (
    <Section title={t("members.title")} hint={t("members.hint")} isSplit>
      <div className="stack">
        <QueryView query={members} lines={3}>
          {({ data }) => (
            <TableScroll label={t("members.title")}>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t("members.person")}</th>
                    <th scope="col">{t("members.role")}</th>
                    <th scope="col" className="num wide-only">
                      {t("members.since")}
                    </th>
                    {isManager && (
                      <th scope="col">
                        <span className="visually-hidden">{t("field.actions")}</span>
                      </th>
                    )}
                  </tr>
                </thead>
                <tbody>
                  {data.map((member) => (
                    <tr key={member.id}>
                      <th scope="row" style={{ maxWidth: "min(260px, 30vw)" }}>
                        <span className="name" title={member.user.email}>
                          {member.user.name === "" ? member.user.email : member.user.name}
                        </span>
                        {member.user.name !== "" && member.user.name !== member.user.email && (
                          <div>
                            <span className="name small faint">{member.user.email}</span>
                          </div>
                        )}
                      </th>
                      <td>
                        {canChange(member) ? (
                          <Select
                            aria-label={t("members.role_of", { name: member.user.email })}
                            data={assignableRoles(tenant.role).map((role) => ({ value: role, label: t(`role.${role}`) }))}
                            value={member.role}
                            allowDeselect={false}
                            disabled={changeRole.isPending}
                            w="clamp(108px, 30vw, 140px)"
                            onChange={(value) => {
                              const role = ROLES.find((entry) => entry === value);
                              if (role === undefined || role === member.role) return;
                              changeRole.mutate(
                                { id: member.id, role },
                                {
                                  onSuccess: () => showToast(t("members.role_changed", { name: member.user.email, role: t(`role.${role}`) })),
                                  onError: (error) => showToast(describeError(error, t), "error"),
                                },
                              );
                            }}
                          />
                        ) : (
                          t(`role.${member.role}`)
                        )}
                      </td>
                      <td className="num muted wide-only">{format.date(member.created_at)}</td>
                      {isManager && (
                        <td className="num">
                          {canChange(member) && member.user.id !== user.id && (
                            <Button
                              size="xs"
                              variant="subtle"
                              aria-label={t("members.remove_named", { name: member.user.email })}
                              onClick={() => {
                                removeMember.reset();
                                setRemoved(member);
                              }}
                            >
                              {t("action.remove")}
                            </Button>
                          )}
                        </td>
                      )}
                    </tr>
                  ))}
                </tbody>
              </table>
            </TableScroll>
          )}
        </QueryView>
        {isManager && <InviteForm />}
        {canOversee(tenant) && <InvitationList />}
      </div>
      <ConfirmDialog
        isOpen={removed !== null}
        title={t("members.remove_title")}
        confirmLabel={t("action.remove")}
        isPending={removeMember.isPending}
        error={removeMember.error}
        calls={removed === null ? [] : [settingsCalls.removeMember(removed.id)]}
        onClose={() => setRemoved(null)}
        onConfirm={() => {
          if (removed) removeMember.mutate(removed.id, { onSuccess: () => setRemoved(null) });
        }}
      >
        <p>{t("members.remove_hint", { name: removed?.user.email ?? "" })}</p>
      </ConfirmDialog>
    </Section>
  );
}
