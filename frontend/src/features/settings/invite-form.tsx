import { Button, Select, TextInput } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { type SyntheticEvent, useRef, useState } from "react";

import { CodeFold } from "@/components/code-fold.tsx";
import { CopyField } from "@/components/copy-field.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { settingsCalls } from "@/features/settings/calls.ts";
import { assignableRoles, ROLES } from "@/features/settings/roles.ts";
import { useInvite } from "@/features/settings/settings-queries.ts";
import { asApiError } from "@/lib/api-error.ts";
import type { Role } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";

export function InviteForm() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const invite = useInvite();
  const [email, setEmail] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const [role, setRole] = useState<Role>("member");
  const body = { email: email.trim(), role };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (body.email === "" || invite.isPending) return;
    invite.mutate(body, { onSuccess: () => setEmail("") });
  };
  usePageActions([{ id: "invite", label: t("code.invite"), Icon: IconUserPlus, run: () => field.current?.focus() }]);
  const error = invite.error === null ? null : asApiError(invite.error);
  const emailError = error?.messageFor("email");
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <div className="row" style={{ alignItems: "flex-start" }}>
        <TextInput
          ref={field}
          label={t("invitation.email")}
          type="email"
          value={email}
          error={emailError}
          onChange={(event) => setEmail(event.currentTarget.value)}
          style={{ flex: "1 1 220px" }}
        />
        <Select
          label={t("members.role")}
          data={assignableRoles(tenant.role).map((value) => ({ value, label: t(`role.${value}`) }))}
          value={role}
          allowDeselect={false}
          w={140}
          onChange={(value) => setRole(ROLES.find((entry) => entry === value) ?? "member")}
        />
        <Button type="submit" variant="default" mt={24} loading={invite.isPending} disabled={email.trim() === ""}>
          {t("invitation.send")}
        </Button>
      </div>
      <p className="small muted">{t(`role.${role}_hint`)}</p>
      {body.email !== "" && <CodeFold calls={[settingsCalls.invite(body)]} />}
      {error !== null && !emailError && <ErrorNotice error={error} />}
      {invite.data?.accept_url !== undefined && (
        <Notice tone="good" title={t(invite.data.is_mailed ? "invitation.mailed" : "invitation.made", { email: invite.data.email })}>
          <div className="stack" style={{ gap: 8 }}>
            <p>{t(invite.data.is_mailed ? "invitation.mailed_hint" : "invitation.copy_hint")}</p>
            <CopyField label={t("invitation.link")} text={new URL(invite.data.accept_url, location.origin).href} />
          </div>
        </Notice>
      )}
    </form>
  );
}
