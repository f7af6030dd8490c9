import { Button } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { AuthLayout } from "@/features/session/auth-layout.tsx";
import { EmailField } from "@/features/session/email-field.tsx";
import { NewPasswordField } from "@/features/session/new-password-field.tsx";
import { useLinkOwner, useSetPassword } from "@/features/session/password-queries.ts";
import { asApiError } from "@/lib/api-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";

/** Where the link of a mail, or of the operator, leads. Its secret stands behind the `#`, which no server is told. */
export function NewPasswordPage() {
  const { t } = useI18n();
  const navigate = useNavigate();
  const secret = useLocation().hash.slice(1);
  const [password, setPassword] = useState("");
  const owner = useLinkOwner(secret);
  const set = useSetPassword(secret);
  const email = owner.data?.email ?? "";
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (set.isPending) return;
    set.mutate(password, {
      onSuccess: () => {
        showToast(t("auth.password_set"));
        void navigate(`/sign-in?email=${encodeURIComponent(email)}`, { replace: true });
      },
    });
  };
  const error = set.error === null ? null : asApiError(set.error);
  const passwordError = error?.messageFor("password");
  return (
    <AuthLayout title={t("auth.new_password_title")} lead={t("auth.new_password_lead")}>
      <form className="stack" onSubmit={submit} noValidate>
        {owner.error !== null ? <ErrorNotice error={owner.error} /> : error !== null && !passwordError && <ErrorNotice error={error} />}
        {owner.data !== undefined && (
          <>
            <EmailField value={email} />
            <NewPasswordField label={t("auth.new_password")} value={password} error={passwordError} onChange={setPassword} />
            <Button type="submit" fullWidth loading={set.isPending} disabled={password === ""}>
              {t("auth.set_password")}
            </Button>
          </>
        )}
        <p className="muted">
          <Link to="/password/forgotten">{t("auth.other_link")}</Link>
        </p>
      </form>
    </AuthLayout>
  );
}
