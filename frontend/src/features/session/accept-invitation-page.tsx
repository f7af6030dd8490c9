import { Button } from "@mantine/core";
import { Link, Navigate, useLocation, useNavigate, useParams, useSearchParams } from "react-router";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { AuthLayout } from "@/features/session/auth-layout.tsx";
import { useAcceptInvitation, useSession } from "@/features/session/session-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";

export function AcceptInvitationPage() {
  const { t } = useI18n();
  const session = useSession();
  const location = useLocation();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const route = useParams();
  const token = params.get("token") ?? route["token"] ?? "";
  const accept = useAcceptInvitation();
  if (session.data?.user === null) {
    const next = encodeURIComponent(`${location.pathname}${location.search}`);
    return <Navigate to={`/sign-up?next=${next}`} replace />;
  }
  const onAccept = () => {
    accept.mutate(token, {
      onSuccess: (tenant) => {
        showToast(t("invitation.accepted", { name: tenant.name }));
        void navigate("/", { replace: true });
      },
    });
  };
  return (
    <AuthLayout title={t("invitation.accept_title")} lead={t("invitation.accept_lead", { email: session.data?.user?.email ?? "" })}>
      <div className="stack">
        <ErrorNotice error={accept.error} />
        {token === "" && <ErrorNotice error={new Error(t("invitation.no_token"))} />}
        <Button loading={accept.isPending} disabled={token === "" || !session.data} onClick={onAccept}>
          {t("invitation.accept")}
        </Button>
        <Link to="/">{t("invitation.later")}</Link>
      </div>
    </AuthLayout>
  );
}
