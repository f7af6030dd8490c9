import { useMutation, useQuery } from "@tanstack/react-query";

import { useForgetAndReload } from "@/features/session/session-queries.ts";
import { api, unwrap } from "@/lib/api-client.ts";

export function useAskForLink() {
  return useMutation({ mutationFn: (email: string) => unwrap(api.POST("/api/v1/password-links", { body: { email } })) });
}

/** Whose password a link sets. */
export function useLinkOwner(secret: string) {
  return useQuery({
    queryKey: ["password-link", secret],
    queryFn: () => unwrap(api.POST("/api/v1/password-links/look", { body: { secret } })),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

export function useSetPassword(secret: string) {
  const reload = useForgetAndReload();
  return useMutation({
    mutationFn: (password: string) => unwrap(api.POST("/api/v1/password-links/use", { body: { secret, password } })),
    // Whoever was signed in here with the old password is no more.
    onSuccess: reload,
  });
}
