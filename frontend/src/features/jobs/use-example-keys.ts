import { type RefObject, useRef } from "react";

import { useKeys } from "@/lib/use-keys.ts";

/** As long as the shell waits for the second key of "g j". */
const PREFIX_MS = 1500;
const STEPS: Readonly<Record<string, number>> = { j: 1, k: -1 };

/** J and K go from one entry of a list to the next: where the focus is in the list, or in no list of examples and this is the main one. */
export function useExampleKeys(list: RefObject<HTMLOListElement | null>, isMain: boolean): void {
  const prefixAt = useRef(-Infinity);
  useKeys((event) => {
    const key = event.key.toLowerCase();
    const isSecond = event.timeStamp - prefixAt.current < PREFIX_MS;
    prefixAt.current = key === "g" && !isSecond ? event.timeStamp : -Infinity;
    const step = STEPS[key];
    if (step === undefined || isSecond || event.shiftKey) return false;
    const entries = [...(list.current?.children ?? [])].filter((entry) => entry instanceof HTMLElement);
    const at = entries.findIndex((entry) => entry.contains(document.activeElement));
    if (at === -1 && (!isMain || document.activeElement?.closest("[data-examples]") != null)) return false;
    const next = at === -1 ? entries[0] : entries[at + step];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
    return next !== undefined;
  });
}
