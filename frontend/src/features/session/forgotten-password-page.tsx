import { Button } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";
import { Link, useSearchParams } from "react-router";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { AuthLayout } from "@/features/session/auth-layout.tsx";
import { EmailField } from "@/features/session/email-field.tsx";
import { useAskForLink } from "@/features/session/password-queries.ts";
import { useSession } from "@/features/session/session-queries.ts";
import { asApiError } from "@/lib/api-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** The same answer for every address: nobody learns here who has an account. */
export function ForgottenPasswordPage() {
  const { t } = useI18n();
  const session = useSession();
  const [params] = useSearchParams();
  const [email, setEmail] = useState("");
  const ask = useAskForLink();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!ask.isPending) ask.mutate(email.trim());
  };
  const back = (
    <p className="muted">
      <Link to={`/sign-in?${params.toString()}`}>{t("auth.to_sign_in")}</Link>
    </p>
  );
  if (session.data?.is_mail_sent === false) {
    return (
      <AuthLayout title={t("auth.forgotten")}>
        <div className="stack">
          <Notice tone="info">
            <p>{t("auth.forgotten_by_operator")}</p>
            <p>
              <code>{t("auth.forgotten_command")}</code>
            </p>
          </Notice>
          {back}
        </div>
      </AuthLayout>
    );
  }
  const error = ask.error === null ? null : asApiError(ask.error);
  const emailError = error?.messageFor("email");
  return (
    <AuthLayout title={t("auth.forgotten")} lead={t("auth.forgotten_lead")}>
      <form className="stack" onSubmit={submit} noValidate>
        {error !== null && !emailError && <ErrorNotice error={error} />}
        {ask.isSuccess && (
          <div role="status">
            <Notice tone="good">
              <p className="wrap">{t("auth.link_sent", { email: ask.data.email, count: ask.data.valid_hours })}</p>
            </Notice>
          </div>
        )}
        <EmailField value={email} error={emailError} onChange={setEmail} />
        <Button type="submit" fullWidth loading={ask.isPending} disabled={email.trim() === ""}>
          {t("auth.send_link")}
        </Button>
        {back}
      </form>
    </AuthLayout>
  );
}
