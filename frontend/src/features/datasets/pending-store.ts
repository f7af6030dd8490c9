/** Pending changes by dataset, in the session's storage: a reload of the page loses none of them. */
import { useCallback, useSyncExternalStore } from "react";

import { parsePending, pendingCount, type PendingChanges } from "@/features/datasets/pending-changes.ts";

const listeners = new Set<() => void>();
/** What was read last, so that the same text is the same object; and all there is where storage is shut or full. */
const read = new Map<string, { text: string | null; pending: PendingChanges | null; isKept: boolean }>();

function keyOf(datasetId: string): string {
  return `anneal.pending.${datasetId}`;
}

function storedText(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

export function pendingOf(datasetId: string): PendingChanges | null {
  const key = keyOf(datasetId);
  const known = read.get(key);
  if (known?.isKept === false) return known.pending;
  const text = storedText(key);
  if (known?.text === text) return known.pending;
  const pending = parsePending(text);
  read.set(key, { text, pending, isKept: true });
  return pending;
}

export function keepPending(datasetId: string, pending: PendingChanges | null): void {
  const key = keyOf(datasetId);
  const kept = pending === null || pendingCount(pending) === 0 ? null : pending;
  const text = kept === null ? null : JSON.stringify(kept);
  let isKept = true;
  try {
    if (text === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    isKept = text === null;
  }
  read.set(key, { text, pending: kept, isKept });
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePending(datasetId: string): PendingChanges | null {
  return useSyncExternalStore(subscribe, useCallback(() => pendingOf(datasetId), [datasetId]));
}
