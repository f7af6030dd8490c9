import { Link, Navigate, useSearchParams } from "react-router";

import { AuthLayout } from "@/features/session/auth-layout.tsx";
import { CodeForm } from "@/features/session/code-form.tsx";
import { CredentialsForm } from "@/features/session/credentials-form.tsx";
import { safeNext } from "@/features/session/safe-next.ts";
import { useForgetAndReload, useSession } from "@/features/session/session-queries.ts";
import { useSteps } from "@/features/session/use-steps.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export function SignInPage() {
  const { t } = useI18n();
  const session = useSession();
  const [params] = useSearchParams();
  const { codeStep, go } = useSteps(useForgetAndReload());
  if (session.data?.user) return <Navigate to={safeNext(params.get("next"))} replace />;
  if (codeStep !== null) {
    return (
      <AuthLayout title={t(`auth.${codeStep}_title`)} lead={t(`auth.${codeStep}_lead`)}>
        <CodeForm step={codeStep} onStep={go} />
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title={t("auth.sign_in_title")} lead={t("auth.sign_in_lead")}>
      <CredentialsForm initialEmail={params.get("invited") ?? params.get("email") ?? ""} onStep={go}>
        <p className="muted">
          <Link to={`/password/forgotten?${params.toString()}`}>{t("auth.forgotten")}</Link>
        </p>
        <p className="muted">
          {t("auth.no_account")} <Link to={`/sign-up?${params.toString()}`}>{t("auth.sign_up")}</Link>
        </p>
      </CredentialsForm>
    </AuthLayout>
  );
}
