/** Files on their way through a model. They outlive the page that shows them: whoever looks elsewhere meanwhile loses nothing. */
import { useCallback, useSyncExternalStore } from "react";

import type { BatchFile } from "@/features/models/batch-file.ts";
import type { BatchMapping } from "@/features/models/batch-questions.ts";
import type { BatchRun, Progress } from "@/features/models/batch-run.ts";

export interface Batch {
  file: BatchFile;
  mapping: BatchMapping;
  /** Null until it is begun; its questions are fixed by then. */
  run: BatchRun | null;
}

const batches = new Map<string, Batch>();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function keepBatch(key: string, batch: Batch | null): void {
  if (batch === null) {
    batches.get(key)?.run?.stop();
    batches.delete(key);
  } else batches.set(key, batch);
  for (const listener of listeners) listener();
}

export function useBatch(key: string): Batch | null {
  return useSyncExternalStore(subscribe, useCallback(() => batches.get(key) ?? null, [key]));
}

export function useProgress(run: BatchRun): Progress {
  return useSyncExternalStore(run.subscribe, () => run.progress);
}
