import { Button } from "@mantine/core";
import { Link, useLocation, useNavigate, useParams, useSearchParams } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { AuthLayout } from "@/features/session/auth-layout.tsx";
import { useAcceptInvitation, useInvitation, useSession, useSignOut } from "@/features/session/session-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";

export function AcceptInvitationPage() {
  const { t } = useI18n();
  const session = useSession();
  const [params] = useSearchParams();
  const route = useParams();
  const token = params.get("token") ?? route["token"] ?? "";
  const invitation = useInvitation(token);
  if (token === "" || invitation.error !== null) {
    return (
      <AuthLayout title={t("invitation.accept_title")}>
        <div className="stack">
          <ErrorNotice error={token === "" ? new Error(t("invitation.no_token")) : invitation.error} />
          <Link to="/">{t("nav.to_overview")}</Link>
        </div>
      </AuthLayout>
    );
  }
  if (invitation.data === undefined || session.data === undefined) return <AuthLayout title={t("invitation.accept_title")}>{t("state.loading")}</AuthLayout>;
  const { organisation, inviter, email } = invitation.data;
  const { user } = session.data;
  const lead = inviter === null ? t("invitation.offer_of_nobody", { name: organisation, email }) : t("invitation.offer", { inviter, name: organisation, email });
  return (
    <AuthLayout title={t("invitation.accept_named", { name: organisation })} lead={<span className="wrap">{lead}</span>}>
      <div className="stack">
        {user === null ? <Enter email={email} /> : user.email.toLowerCase() === email.toLowerCase() ? <Join token={token} /> : <SomebodyElse email={email} other={user.email} />}
      </div>
    </AuthLayout>
  );
}

/** For who is not signed in: the address is the one that is invited. */
function Enter({ email }: { email: string }) {
  const { t } = useI18n();
  const location = useLocation();
  const back = new URLSearchParams({ next: `${location.pathname}${location.search}`, invited: email }).toString();
  return (
    <>
      <ButtonLink to={`/sign-up?${back}`} fullWidth>
        {t("auth.sign_up")}
      </ButtonLink>
      <p className="muted">
        {t("auth.have_account")} <Link to={`/sign-in?${back}`}>{t("auth.sign_in")}</Link>
      </p>
    </>
  );
}

function Join({ token }: { token: string }) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const accept = useAcceptInvitation();
  const onAccept = () => {
    accept.mutate(token, {
      onSuccess: (tenant) => {
        showToast(t("invitation.accepted", { name: tenant.name }));
        void navigate("/", { replace: true });
      },
    });
  };
  return (
    <>
      <ErrorNotice error={accept.error} />
      <Button loading={accept.isPending} onClick={onAccept}>
        {t("invitation.accept")}
      </Button>
      <Link to="/">{t("invitation.later")}</Link>
    </>
  );
}

function SomebodyElse({ email, other }: { email: string; other: string }) {
  const { t } = useI18n();
  const signOut = useSignOut();
  return (
    <>
      <ErrorNotice error={signOut.error} />
      <Notice tone="warning">
        <p className="wrap">{t("invitation.other_person", { other, email })}</p>
      </Notice>
      <Button loading={signOut.isPending} onClick={() => signOut.mutate()}>
        {t("invitation.sign_out")}
      </Button>
      <Link to="/">{t("invitation.later")}</Link>
    </>
  );
}
