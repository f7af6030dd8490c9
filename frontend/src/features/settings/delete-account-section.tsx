import { Button } from "@mantine/core";
import { useState } from "react";

import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { Section } from "@/components/section.tsx";
import { DeleteAccountWords } from "@/features/session/delete-account-words.tsx";
import { useDeleteAccount } from "@/features/session/session-queries.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { asApiError } from "@/lib/api-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** The one thing here that nobody can take back, so it asks for the password. */
export function DeleteAccountSection() {
  const { t } = useI18n();
  const { user } = useWorkspace();
  const remove = useDeleteAccount();
  const [isOpen, setOpen] = useState(false);
  const [password, setPassword] = useState("");
  const close = () => {
    setOpen(false);
    setPassword("");
    remove.reset();
  };
  const passwordError = remove.error === null ? undefined : asApiError(remove.error).messageFor("password");
  return (
    <Section title={t("account.delete_title")} hint={t("account.delete_hint")} isSplit>
      <Button variant="danger" onClick={() => setOpen(true)}>
        {t("account.delete")}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        title={t("account.delete_ask", { email: user.email })}
        confirmLabel={t("account.delete")}
        isPending={remove.isPending}
        isReady={password !== ""}
        error={passwordError ? null : remove.error}
        onConfirm={() => remove.mutate(password)}
        onClose={close}
      >
        <div className="stack">
          <DeleteAccountWords password={password} error={passwordError} onChange={setPassword} />
        </div>
      </ConfirmDialog>
    </Section>
  );
}
