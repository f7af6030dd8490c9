import { Button, PasswordInput } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { type SyntheticEvent, useRef, useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Section } from "@/components/section.tsx";
import { EmailField } from "@/features/session/email-field.tsx";
import { NewPasswordField } from "@/features/session/new-password-field.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useChangePassword } from "@/features/settings/settings-queries.ts";
import { asApiError } from "@/lib/api-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { showToast } from "@/lib/toasts.ts";

/** What is the person's own, whichever organisation they are in. */
export function AccountSection() {
  const { t } = useI18n();
  const { user } = useWorkspace();
  const change = useChangePassword();
  const field = useRef<HTMLInputElement>(null);
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    change.mutate(
      { current_password: current, new_password: wanted },
      {
        onSuccess: () => {
          setCurrent("");
          setWanted("");
          showToast(t("account.password_changed"));
        },
      },
    );
  };
  usePageActions([{ id: "change-password", label: t("account.change_password"), Icon: IconLock, run: () => field.current?.focus() }]);
  const error = change.error === null ? null : asApiError(change.error);
  const currentError = error?.messageFor("current_password");
  const wantedError = error?.messageFor("new_password");
  return (
    <Section title={t("account.title")} hint={t("account.hint")} isSplit>
      <form className="stack" style={{ maxWidth: 420 }} onSubmit={submit} noValidate>
        {error !== null && !currentError && !wantedError && <ErrorNotice error={error} />}
        <EmailField value={user.email} />
        <PasswordInput
          ref={field}
          label={t("account.current_password")}
          name="current-password"
          autoComplete="current-password"
          required
          value={current}
          error={currentError}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": t("auth.show_password") }}
        />
        <NewPasswordField label={t("auth.new_password")} value={wanted} error={wantedError} onChange={setWanted} />
        <div>
          <Button type="submit" variant="default" loading={change.isPending} disabled={current === "" || wanted === ""}>
            {t("account.change_password")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
