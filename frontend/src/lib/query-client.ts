import { QueryClient } from "@tanstack/react-query";

import { asApiError } from "@/lib/api-error.ts";

const MAX_RETRIES = 2;
/** Who has to wait longer is told so instead. */
const MAX_WAIT_S = 30;

/** Only what may heal by itself is tried again; a refusal is shown at once. */
export function shouldRetry(failures: number, error: unknown): boolean {
  const { isTemporary, retryAfterS } = asApiError(error);
  return failures < MAX_RETRIES && isTemporary && (retryAfterS ?? 0) <= MAX_WAIT_S;
}

/** When the server says, spread over a second so that many tabs do not come back at once; else after one second, then two. */
export function retryDelayMs(failures: number, error: unknown): number {
  const { retryAfterS } = asApiError(error);
  return retryAfterS === null ? 1000 * 2 ** failures : 1000 * (retryAfterS + Math.random());
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: shouldRetry, retryDelay: retryDelayMs, staleTime: 10_000, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}
