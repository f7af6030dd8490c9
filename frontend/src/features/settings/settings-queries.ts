import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { settingsCalls } from "@/features/settings/calls.ts";
import { api, unwrap } from "@/lib/api-client.ts";
import type { ApiKeyRole, Role } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { isWrittenOver, type Renaming } from "@/lib/written-over.ts";

const MEMBERS = ["settings", "members"] as const;
const INVITATIONS = ["settings", "invitations"] as const;
const API_KEYS = ["settings", "api-keys"] as const;

export function useMembers(isEnabled = true) {
  return useQuery({ queryKey: MEMBERS, queryFn: () => send(settingsCalls.members()), enabled: isEnabled });
}

export function useInvitations(isEnabled: boolean) {
  return useQuery({ queryKey: INVITATIONS, queryFn: () => send(settingsCalls.invitations()), enabled: isEnabled });
}

export function useApiKeys(isEnabled: boolean) {
  return useQuery({ queryKey: API_KEYS, queryFn: () => send(settingsCalls.apiKeys()), enabled: isEnabled });
}

function useRefresh(queryKey: readonly string[]) {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ queryKey });
}

export function useChangeRole() {
  return useMutation({
    mutationFn: ({ id, role }: { id: string; role: Role }) => send(settingsCalls.changeRole(id, role)),
    // After a refusal too: the list then shows the role that really holds.
    onSettled: useRefresh(MEMBERS),
  });
}

export function useRemoveMember() {
  return useMutation({
    mutationFn: (id: string) => send(settingsCalls.removeMember(id)),
    onSettled: useRefresh(MEMBERS),
  });
}

export function useLeave() {
  return useMutation({ mutationFn: () => unwrap(api.DELETE("/api/v1/membership")) });
}

export function useInvite() {
  return useMutation({
    // Needs no idempotency key: a second invitation to the same address replaces the first.
    mutationFn: (body: { email: string; role: Role }) => send(settingsCalls.invite(body)),
    onSuccess: useRefresh(INVITATIONS),
  });
}

export function useRevokeInvitation() {
  return useMutation({
    mutationFn: (id: string) => send(settingsCalls.revokeInvitation(id)),
    onSettled: useRefresh(INVITATIONS),
  });
}

export function useCreateApiKey() {
  return useMutation({
    mutationFn: ({ key, ...body }: { name: string; role: ApiKeyRole; expires_at: string | null; key: string }) =>
      unwrap(api.POST("/api/v1/api-keys", { body, params: { header: { "Idempotency-Key": key } } })),
    onSuccess: useRefresh(API_KEYS),
  });
}

export function useRevokeApiKey() {
  return useMutation({
    mutationFn: (id: string) => send(settingsCalls.revokeKey(id)),
    onSettled: useRefresh(API_KEYS),
  });
}

export function useChangePassword() {
  return useMutation({
    mutationFn: (body: { current_password: string; new_password: string }) => unwrap(api.POST("/api/v1/account/password", { body })),
  });
}

export function useRenameTenant() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, base }: Renaming) => send(settingsCalls.rename(name, base)),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["session"] }),
    onError: (error) => {
      if (isWrittenOver(error)) void client.invalidateQueries({ queryKey: ["session"] });
    },
  });
}

function useTenantChange<Wish>(change: (wish: Wish) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    // Whatever came of it, the page shows what holds.
    onSettled: () => void client.invalidateQueries({ queryKey: ["session"] }),
  });
}

export function useDeleteTenant() {
  return useTenantChange((name: string) => unwrap(api.POST("/api/v1/tenant/delete", { body: { name } })));
}

export function useRestoreTenant() {
  return useTenantChange(() => unwrap(api.POST("/api/v1/tenant/restore")));
}
