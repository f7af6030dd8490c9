import { QueryClient } from "@tanstack/react-query";

import { asApiError } from "@/lib/api-error.ts";

const MAX_RETRIES = 2;

/** Only what may heal by itself is tried again; a refusal is shown at once. */
function shouldRetry(failures: number, error: unknown): boolean {
  return failures < MAX_RETRIES && asApiError(error).isTemporary;
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: shouldRetry, staleTime: 10_000, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}
