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

export function SignInPage() {
  const { t } = useI18n();
  const session = useSession();
  const reload = useForgetAndReload();
  const [params] = useSearchParams();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [step, setStep] = useState<NextStep>("signed_out");
  const signIn = useMutation({
    mutationFn: () => allauth.signIn(email.trim(), password),
    onSuccess: async (next) => {
      setStep(next);
      if (next === "signed_in") await reload();
    },
  });
  if (session.data?.user) return <Navigate to={safeNext(params.get("next"))} replace />;
  if (step === "verify_email" || step === "second_factor") return <CodeForm step={step} onStep={setStep} />;

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!signIn.isPending) signIn.mutate();
  };
  const error = signIn.error === null ? null : asApiError(signIn.error);
  const isRefused = signIn.isSuccess && signIn.data === "signed_out";
  return (
    <AuthLayout title={t("auth.sign_in_title")} lead={t("auth.sign_in_lead")}>
      <form className="stack" onSubmit={submit} noValidate>
        {isRefused ? <ErrorNotice error={new Error(t("auth.refused"))} /> : <ErrorNotice error={error} />}
        <TextInput
          label={t("auth.email")}
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("auth.password")}
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": t("auth.show_password") }}
        />
        <Button type="submit" fullWidth loading={signIn.isPending} disabled={email.trim() === "" || password === ""}>
          {t("auth.sign_in")}
        </Button>
        <p className="muted">
          {t("auth.no_account")} <Link to={`/sign-up?${params.toString()}`}>{t("auth.sign_up")}</Link>
        </p>
      </form>
    </AuthLayout>
  );
}
