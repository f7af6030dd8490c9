import { useState } from "react";
import { Link, Navigate, useSearchParams } from "react-router";

import type { NextStep } from "@/features/session/allauth-client.ts";
import { AuthLayout } from "@/features/session/auth-layout.tsx";
import { CodeForm } from "@/features/session/code-form.tsx";
import { CredentialsForm } from "@/features/session/credentials-form.tsx";
import { safeNext } from "@/features/session/safe-next.ts";
import { useForgetAndReload, useSession } from "@/features/session/session-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export function SignInPage() {
  const { t } = useI18n();
  const session = useSession();
  const reload = useForgetAndReload();
  const [params] = useSearchParams();
  const [step, setStep] = useState<NextStep>("signed_out");
  const go = async (next: NextStep) => {
    setStep(next);
    if (next === "signed_in") await reload();
  };
  if (session.data?.user) return <Navigate to={safeNext(params.get("next"))} replace />;
  if (step === "verify_email" || step === "second_factor") {
    return (
      <AuthLayout title={t(`auth.${step}_title`)} lead={t(`auth.${step}_lead`)}>
        <CodeForm step={step} onStep={go} />
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title={t("auth.sign_in_title")} lead={t("auth.sign_in_lead")}>
      <CredentialsForm onStep={go}>
        <p className="muted">
          {t("auth.no_account")} <Link to={`/sign-up?${params.toString()}`}>{t("auth.sign_up")}</Link>
        </p>
      </CredentialsForm>
    </AuthLayout>
  );
}
