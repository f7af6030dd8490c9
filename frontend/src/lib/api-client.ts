import createClient, { type Middleware } from "openapi-fetch";

import { ApiError, apiErrorFrom, asApiError } from "@/lib/api-error.ts";
import type { paths } from "@/lib/api-types.ts";
import { contextHeaders, csrfToken } from "@/lib/request-context.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

const listeners = new Set<() => void>();

/** Calls the listener whenever the API answers that nobody is signed in; returns what ends that. */
export function onUnauthenticated(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const context: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(contextHeaders())) request.headers.set(name, value);
    if (!SAFE.has(request.method)) request.headers.set("X-CSRFToken", csrfToken());
    return request;
  },
  onResponse({ response }) {
    if (response.status === 401) for (const listener of listeners) listener();
  },
};

/** Typed by the server's schema. `fetch` is looked up at call time so that tests can put a fixture in its place. */
export const api = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "" : location.origin,
  credentials: "same-origin",
  headers: { Accept: "application/json" },
  fetch: (request) => globalThis.fetch(request),
});
api.use(context);

export interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

/** The body of a good answer; every other outcome is thrown as an ApiError. */
export async function unwrap<T>(pending: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await pending;
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiError({ status: 0, code: "client.unreadable", message: error.message });
    throw asApiError(error);
  }
  if (!answer.response.ok) throw apiErrorFrom(answer.response.status, answer.error, answer.response.headers.get("Retry-After"));
  return answer.data as T;
}
