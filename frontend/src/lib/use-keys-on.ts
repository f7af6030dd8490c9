import { useSyncExternalStore } from "react";

import { areKeysOn, onKeysChange } from "@/lib/preferences.ts";

/** Whether shortcuts of a single character work, as this browser remembers it. */
export function useKeysOn(): boolean {
  return useSyncExternalStore(onKeysChange, areKeysOn);
}
