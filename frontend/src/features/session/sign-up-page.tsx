import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";
import { Link, Navigate, useSearchParams } from "react-router";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { allauth } from "@/features/session/allauth-client.ts";
import { AuthLayout } from "@/features/session/auth-layout.tsx";
import { CodeForm } from "@/features/session/code-form.tsx";
import { EmailField } from "@/features/session/email-field.tsx";
import { NewPasswordField } from "@/features/session/new-password-field.tsx";
import { safeNext } from "@/features/session/safe-next.ts";
import { useForgetAndReload, useSession } from "@/features/session/session-queries.ts";
import { useSteps } from "@/features/session/use-steps.ts";
import { asApiError } from "@/lib/api-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export function SignUpPage() {
  const { t } = useI18n();
  const session = useSession();
  const [params] = useSearchParams();
  // An invitation is for one address and no other.
  const invited = params.get("invited");
  const [email, setEmail] = useState(invited ?? "");
  const [password, setPassword] = useState("");
  const { codeStep, go } = useSteps(useForgetAndReload());
  const signUp = useMutation({
    mutationFn: () => allauth.signUp(email.trim(), password),
    onSuccess: go,
  });
  if (session.data?.user) return <Navigate to={safeNext(params.get("next"))} replace />;
  if (codeStep !== null) {
    return (
      <AuthLayout title={t(`auth.${codeStep}_title`)} lead={t(`auth.${codeStep}_lead`)}>
        <CodeForm step={codeStep} onStep={go} />
      </AuthLayout>
    );
  }

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!signUp.isPending) signUp.mutate();
  };
  const error = signUp.error === null ? null : asApiError(signUp.error);
  const emailError = error?.messageFor("email");
  const passwordError = error?.messageFor("password");
  return (
    <AuthLayout title={t("auth.sign_up_title")} lead={t("auth.sign_up_lead")}>
      <form className="stack" onSubmit={submit} noValidate>
        {error !== null && !emailError && !passwordError && <ErrorNotice error={error} />}
        <EmailField
          label={t("auth.work_email")}
          description={invited === null ? undefined : t("invitation.fixed_email")}
          isNew
          value={email}
          error={emailError}
          onChange={invited === null ? setEmail : undefined}
        />
        <NewPasswordField label={t("auth.password")} value={password} error={passwordError} onChange={setPassword} />
        <Button type="submit" fullWidth loading={signUp.isPending} disabled={email.trim() === "" || password === ""}>
          {t("auth.create_account")}
        </Button>
        <p className="muted">
          {t("auth.have_account")} <Link to={`/sign-in?${params.toString()}`}>{t("auth.sign_in")}</Link>
        </p>
      </form>
    </AuthLayout>
  );
}
