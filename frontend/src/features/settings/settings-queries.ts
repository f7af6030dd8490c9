import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client.ts";
import type { ApiKeyRole, Role } from "@/lib/api-types.ts";
import { isWrittenOver, type Renaming } from "@/lib/written-over.ts";

const MEMBERS = ["settings", "members"] as const;
const INVITATIONS = ["settings", "invitations"] as const;
const API_KEYS = ["settings", "api-keys"] as const;

export function useMembers() {
  return useQuery({ queryKey: MEMBERS, queryFn: () => unwrap(api.GET("/api/v1/members")) });
}

export function useInvitations(isEnabled: boolean) {
  return useQuery({ queryKey: INVITATIONS, queryFn: () => unwrap(api.GET("/api/v1/invitations")), enabled: isEnabled });
}

export function useApiKeys(isEnabled: boolean) {
  return useQuery({ queryKey: API_KEYS, queryFn: () => unwrap(api.GET("/api/v1/api-keys")), enabled: isEnabled });
}

function useRefresh(queryKey: readonly string[]) {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ queryKey });
}

export function useChangeRole() {
  return useMutation({
    mutationFn: ({ id, role }: { id: string; role: Role }) =>
      unwrap(api.PATCH("/api/v1/members/{id}", { params: { path: { id } }, body: { role } })),
    // After a refusal too: the list then shows the role that really holds.
    onSettled: useRefresh(MEMBERS),
  });
}

export function useRemoveMember() {
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/v1/members/{id}", { params: { path: { id } } })),
    onSettled: useRefresh(MEMBERS),
  });
}

export function useInvite() {
  return useMutation({
    // Needs no idempotency key: a second invitation to the same address replaces the first.
    mutationFn: (body: { email: string; role: Role }) => unwrap(api.POST("/api/v1/invitations", { body })),
    onSuccess: useRefresh(INVITATIONS),
  });
}

export function useRevokeInvitation() {
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/v1/invitations/{id}", { params: { path: { id } } })),
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
    mutationFn: (id: string) => unwrap(api.DELETE("/api/v1/api-keys/{id}", { params: { path: { id } } })),
    onSettled: useRefresh(API_KEYS),
  });
}

export function useRenameTenant() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, base }: Renaming) => unwrap(api.PATCH("/api/v1/tenant", { body: { name, base_name: base } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["session"] }),
    onError: (error) => {
      if (isWrittenOver(error)) void client.invalidateQueries({ queryKey: ["session"] });
    },
  });
}
