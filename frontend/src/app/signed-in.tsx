import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { Navigate, useLocation } from "react-router";

import { Shell } from "@/app/shell.tsx";
import { SplashPage } from "@/app/splash-page.tsx";
import { ErrorPanel } from "@/components/error-panel.tsx";
import { useSession } from "@/features/session/session-queries.ts";
import { useKeepLanguage } from "@/features/session/use-keep-language.ts";
import { WorkspaceContext } from "@/features/session/workspace-context.ts";
import { rememberTenant, requestContext } from "@/lib/request-context.ts";

/** The door to everything behind the sign-in. */
export function SignedIn() {
  const session = useSession();
  const client = useQueryClient();
  const location = useLocation();
  const [tenantId, setTenantId] = useState(() => requestContext.tenantId);
  const switchTenant = useCallback(
    (id: string) => {
      rememberTenant(id);
      setTenantId(id);
      // What was on the screen belongs to the other organisation: drop it, do not refresh it.
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    },
    [client],
  );
  const data = session.data;
  const workspace = useMemo(() => {
    const tenant = data?.tenants.find((entry) => entry.id === tenantId) ?? data?.tenants[0];
    return data?.user && tenant ? { user: data.user, tenant, tenants: data.tenants, currency: data.price_currency, switchTenant } : null;
  }, [data, tenantId, switchTenant]);

  useKeepLanguage(data?.user ?? null);

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
  if (data.user === null) {
    const here = `${location.pathname}${location.search}`;
    return <Navigate to={here === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(here)}`} replace />;
  }
  if (workspace === null) return <Navigate to="/organisations/new" replace />;
  return (
    <WorkspaceContext value={workspace}>
      <Shell key={workspace.tenant.id} />
    </WorkspaceContext>
  );
}
