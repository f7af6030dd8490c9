import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { allauth } from "@/features/session/allauth-client.ts";
import { api, onUnauthenticated, unwrap } from "@/lib/api-client.ts";
import type { Session } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { forgetTenantLater, rememberTenant, requestContext } from "@/lib/request-context.ts";
import { dismissToasts, showToast } from "@/lib/toasts.ts";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Session> => {
    const session = await unwrap(api.GET("/api/v1/session"));
    requestContext.csrfToken = session.csrf_token;
    // A session that ended leaves the page as it is, which goes on in its organisation.
    if (session.user === null) {
      forgetTenantLater();
      return session;
    }
    // A tenant remembered from another account, or left since, must not be sent any more.
    const known = session.tenants.find((tenant) => tenant.id === requestContext.tenantId) ?? session.tenants[0];
    rememberTenant(known?.id ?? null);
    return session;
  },
  staleTime: 60_000,
});

/** Whatever is refused because nobody is signed in has the session asked for again, which tells the page. Returns what ends that. */
export function watchSession(client: QueryClient): () => void {
  return onUnauthenticated(() => void client.invalidateQueries({ queryKey: sessionQuery.queryKey }, { cancelRefetch: false }));
}

export function useSession() {
  return useQuery(sessionQuery);
}

/** Everything seen so far belonged to somebody else: forget it, then ask who is there. */
export function useForgetAndReload() {
  const client = useQueryClient();
  return async () => {
    client.getMutationCache().clear();
    // The session is asked for again where it stands, so that whoever looks at it hears the answer.
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
    await client.query({ ...sessionQuery, staleTime: 0 });
  };
}

export function useSignOut() {
  const reload = useForgetAndReload();
  return useMutation({
    mutationFn: allauth.signOut,
    onSuccess: async () => {
      rememberTenant(null);
      dismissToasts();
      await reload();
    },
  });
}

export function useDeleteAccount() {
  const { t } = useI18n();
  const reload = useForgetAndReload();
  return useMutation({
    mutationFn: (password: string) => unwrap(api.POST("/api/v1/account/delete", { body: { password } })),
    onSuccess: async () => {
      rememberTenant(null);
      dismissToasts();
      showToast(t("account.deleted"));
      await reload();
    },
  });
}

export function useCreateTenant() {
  const reload = useForgetAndReload();
  return useMutation({
    mutationFn: (name: string) => unwrap(api.POST("/api/v1/tenants", { body: { name } })),
    onSuccess: async (tenant) => {
      rememberTenant(tenant.id);
      await reload();
    },
  });
}

/** Who invites whom to what; nothing is asked without a token. */
export function useInvitation(token: string) {
  return useQuery({
    queryKey: ["session", "invitation", token],
    queryFn: () => unwrap(api.POST("/api/v1/invitations/look", { body: { token } })),
    enabled: token !== "",
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

export function useAcceptInvitation() {
  const reload = useForgetAndReload();
  return useMutation({
    mutationFn: (token: string) => unwrap(api.POST("/api/v1/invitations/accept", { body: { token } })),
    onSuccess: async (tenant) => {
      rememberTenant(tenant.id);
      await reload();
    },
  });
}
