import { useSyncExternalStore } from "react";

const ENTRY = 'script[type="module"][src]';

let isUpdated = false;
let search: Promise<boolean> | null = null;
const listeners = new Set<() => void>();

function entryOf(page: ParentNode): string | null {
  return page.querySelector(ENTRY)?.getAttribute("src") ?? null;
}

/** Whether the server has another build than this tab; no, where it does not answer. */
async function findUpdate(): Promise<boolean> {
  try {
    const answer = await fetch("/", { cache: "no-store" });
    const latest = entryOf(new DOMParser().parseFromString(await answer.text(), "text/html"));
    return answer.ok && latest !== null && latest !== entryOf(document);
  } catch {
    return false;
  }
}

/** Called when a part of the page did not come: where a deployment has taken it away, the reader is told. Returns whether it has. */
async function lookForUpdate(): Promise<boolean> {
  if (isUpdated) return true;
  search ??= findUpdate().finally(() => {
    search = null;
  });
  if (await search) tell(true);
  return isUpdated;
}

/**
 * Loads a part of the page. One that is gone since a deployment never comes, so that what is on the screen stays as it is, with whatever was
 * typed, until the reader loads the page anew.
 */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (await lookForUpdate()) return await new Promise<never>(() => undefined);
    throw error;
  }
}

/** Watches for parts that do not come, whoever asks for them. Returns how to stop. */
export function watchForUpdates(): () => void {
  const look = () => void lookForUpdate();
  addEventListener("vite:preloadError", look);
  return () => removeEventListener("vite:preloadError", look);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether Anneal was updated since this tab was loaded, as far as is known. */
export function useIsUpdated(): boolean {
  return useSyncExternalStore(subscribe, () => isUpdated);
}

/** As after a load. */
export function forgetUpdate(): void {
  tell(false);
}

function tell(is: boolean): void {
  if (isUpdated === is) return;
  isUpdated = is;
  for (const listener of listeners) listener();
}
