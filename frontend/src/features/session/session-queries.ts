import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { allauth } from "@/features/session/allauth-client.ts";
import { api, unwrap } from "@/lib/api-client.ts";
import type { Session } from "@/lib/api-types.ts";
import { rememberTenant, requestContext } from "@/lib/request-context.ts";
import { dismissToasts } from "@/lib/toasts.ts";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Session> => {
    const session = await unwrap(api.GET("/api/v1/session"));
    requestContext.csrfToken = session.csrf_token;
    // A tenant remembered from another account, or left since, must not be sent any more.
    const isMember = session.tenants.some((tenant) => tenant.id === requestContext.tenantId);
    if (!isMember) rememberTenant(session.tenants[0]?.id ?? null);
    return session;
  },
  staleTime: 60_000,
});

export function useSession() {
  return useQuery(sessionQuery);
}

/** Everything seen so far belonged to somebody else: forget it, then ask who is there. */
export function useForgetAndReload() {
  const client = useQueryClient();
  return async () => {
    client.clear();
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
