import { Button } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { AuthLayout } from "@/features/session/auth-layout.tsx";
import { DeleteAccountWords } from "@/features/session/delete-account-words.tsx";
import { useDeleteAccount } from "@/features/session/session-queries.ts";
import { asApiError } from "@/lib/api-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  email: string;
  onBack: () => void;
}

/** For who belongs to no organisation, and so has no settings. */
export function DeleteAccountForm({ email, onBack }: Props) {
  const { t } = useI18n();
  const remove = useDeleteAccount();
  const [password, setPassword] = useState("");
  const passwordError = remove.error === null ? undefined : asApiError(remove.error).messageFor("password");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!remove.isPending) remove.mutate(password);
  };
  return (
    <AuthLayout title={t("account.delete_ask", { email })}>
      <form className="stack" onSubmit={submit} noValidate>
        {!passwordError && <ErrorNotice error={remove.error} />}
        <DeleteAccountWords password={password} error={passwordError} onChange={setPassword} />
        <Button type="submit" variant="danger" fullWidth loading={remove.isPending} disabled={password === ""}>
          {t("account.delete")}
        </Button>
        <Button variant="subtle" onClick={onBack}>
          {t("action.back")}
        </Button>
      </form>
    </AuthLayout>
  );
}
