import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";
import { Link, Navigate, useSearchParams } from "react-router";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { allauth, type NextStep } from "@/features/session/allauth-client.ts";
import { AuthLayout } from "@/features/session/auth-layout.tsx";
import { CodeForm } from "@/features/session/code-form.tsx";
import { safeNext } from "@/features/session/safe-next.ts";
import { useForgetAndReload, useSession } from "@/features/session/session-queries.ts";
import { asApiError } from "@/lib/api-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export function SignUpPage() {
  const { t } = useI18n();
  const session = useSession();
  const reload = useForgetAndReload();
  const [params] = useSearchParams();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [step, setStep] = useState<NextStep>("signed_out");
  const go = async (next: NextStep) => {
    setStep(next);
    if (next === "signed_in") await reload();
  };
  const signUp = useMutation({
    mutationFn: () => allauth.signUp(email.trim(), password),
    onSuccess: go,
  });
  if (session.data?.user) return <Navigate to={safeNext(params.get("next"))} replace />;
  if (step === "verify_email" || step === "second_factor") {
    return (
      <AuthLayout title={t(`auth.${step}_title`)} lead={t(`auth.${step}_lead`)}>
        <CodeForm step={step} onStep={go} />
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
        <TextInput
          label={t("auth.work_email")}
          type="email"
          name="email"
          autoComplete="email"
          required
          value={email}
          error={emailError}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("auth.password")}
          description={t("auth.password_hint")}
          name="password"
          autoComplete="new-password"
          required
          value={password}
          error={passwordError}
          aria-invalid={passwordError ? true : undefined}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": t("auth.show_password") }}
        />
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
