import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { Navigate, useLocation, useNavigate } from "react-router";

import { loadHouse } from "@/app/house.ts";
import { MissingPage } from "@/app/missing-page.tsx";
import { SplashPage } from "@/app/splash-page.tsx";
import { ErrorPanel } from "@/components/error-panel.tsx";
import { useSession } from "@/features/session/session-queries.ts";
import { useKeepLanguage } from "@/features/session/use-keep-language.ts";
import { type Workspace, WorkspaceContext } from "@/features/session/workspace-context.ts";
import type { Tenant } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { rememberTenant, requestContext } from "@/lib/request-context.ts";
import { tenantOf, withoutTenant } from "@/lib/share-link.ts";
import { dismissToasts, showToast } from "@/lib/toasts.ts";
import { loadPart } from "@/lib/updates.ts";

const Shell = lazy(async () => await loadPart(loadHouse));

/** The door to everything behind the sign-in. */
export function SignedIn() {
  const session = useSession();
  const client = useQueryClient();
  const location = useLocation();
  const [tenantId, setTenantId] = useState(() => requestContext.tenantId);
  const switchTenant = useCallback(
    (id: string) => {
      rememberTenant(id);
      // So does what was said of it, with what it offers.
      dismissToasts();
      setTenantId(id);
      // What was on the screen belongs to the other organisation: drop it, do not refresh it.
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    },
    [client],
  );
  const data = session.data;
  const here = useMemo(() => {
    const tenant = data?.tenants.find((entry) => entry.id === tenantId) ?? data?.tenants[0];
    if (!data?.user || !tenant) return null;
    const { user, tenants, price_currency: currency, takes_direct_uploads: takesDirectUploads, restorable_days: restorableDays } = data;
    return { user, tenant, tenants, currency, takesDirectUploads, restorableDays, switchTenant };
  }, [data, tenantId, switchTenant]);

  const [last, setLast] = useState<Workspace | null>(null);
  // Whose session ended stays on the page, below a dialog, unless they left on purpose: then no organisation is remembered. For another person
  // the dialog loads the page anew; until then nothing of theirs is shown in it.
  const isEnded = data?.user === null && requestContext.tenantId !== null;
  const isOther = data?.user != null && last !== null && data.user.id !== last.user.id;
  const workspace = isEnded || isOther ? last : here;
  if (workspace !== null && workspace !== last) setLast(workspace);

  useKeepLanguage(isEnded || isOther ? null : (data?.user ?? null));
  const hasWords = useWholeWords(data?.user != null);
  const asked = tenantOf(location);
  const linked = workspace?.tenants.find(({ id }) => id === asked);
  useEnterTenant(linked, workspace);

  if (data === undefined) {
    if (session.isError) {
      return (
        <main style={{ padding: "24px clamp(16px, 5vw, 64px)" }}>
          <h1 className="visually-hidden">Anneal</h1>
          <ErrorPanel error={session.error} onRetry={() => void session.refetch()} />
        </main>
      );
    }
    return <SplashPage />;
  }
  if (data.user === null && workspace === null) {
    const place = `${location.pathname}${location.search}${location.hash}`;
    return <Navigate to={place === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(place)}`} replace />;
  }
  if (workspace === null) return <Navigate to="/organisations/new" replace />;
  // Nothing is asked of the server before the organisation of the address is the one that is asked for.
  if (linked !== undefined || !hasWords) return <SplashPage />;
  return (
    <WorkspaceContext value={workspace}>
      <Suspense fallback={<SplashPage />}>
        <Shell key={workspace.tenant.id}>{asked === null ? undefined : <MissingPage />}</Shell>
      </Suspense>
    </WorkspaceContext>
  );
}

/** Whether every sentence of the language is there; asks for them as soon as somebody is signed in. What keeps them away is thrown. */
function useWholeWords(isSignedIn: boolean): boolean {
  const { isWhole, loadWhole } = useI18n();
  const [failure, setFailure] = useState<Error | null>(null);
  useEffect(() => {
    if (isSignedIn && !isWhole) loadPart(loadWhole).catch((reason: unknown) => setFailure(new Error("the words did not come", { cause: reason })));
  }, [isSignedIn, isWhole, loadWhole]);
  if (failure !== null) throw failure;
  return isWhole;
}

/** An address may name its organisation, since whoever opens it may belong to several: enter it, and go on without the name. */
function useEnterTenant(linked: Tenant | undefined, workspace: Workspace | null): void {
  const { t } = useI18n();
  const location = useLocation();
  const navigate = useNavigate();
  useEffect(() => {
    if (linked === undefined || workspace === null) return;
    if (linked.id !== workspace.tenant.id) {
      workspace.switchTenant(linked.id);
      showToast(t("share.entered", { name: linked.name }));
    }
    void navigate(withoutTenant(location), { replace: true });
  }, [linked, workspace, location, navigate, t]);
}
