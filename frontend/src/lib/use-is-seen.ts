import { useSyncExternalStore } from "react";

function watch(onChange: () => void): () => void {
  document.addEventListener("visibilitychange", onChange);
  return () => document.removeEventListener("visibilitychange", onChange);
}

/** Whether this tab is the one that is looked at, as far as the browser knows. */
export function useIsSeen(): boolean {
  return useSyncExternalStore(watch, () => document.visibilityState === "visible");
}
