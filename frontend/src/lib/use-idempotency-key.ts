import { useCallback, useRef } from "react";

/**
 * One key per intention: a second click or a retry of the same body carries the same key, so the server makes one
 * thing; a changed body is a new intention and gets a new key.
 */
export function useIdempotencyKey(): (body: unknown) => string {
  const last = useRef<{ body: string; key: string } | null>(null);
  return useCallback((body: unknown) => {
    const text = JSON.stringify(body);
    if (last.current?.body !== text) last.current = { body: text, key: crypto.randomUUID() };
    return last.current.key;
  }, []);
}
