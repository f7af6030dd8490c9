import { useEffect, useEffectEvent } from "react";

import { areKeysOn } from "@/lib/preferences.ts";

const DIALOG = "[role=dialog], [role=menu]";
const FIELD = "input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable=true]";

/** Whether a key alone writes a character: such shortcuts can be switched off (WCAG 2.1.4). */
function isCharacter(key: string): boolean {
  return Array.from(key).length === 1 && key !== " ";
}

/** Whether a key goes to a field that somebody types into, or to an open dialog, and not to the page. */
export function isElsewhere(event: KeyboardEvent): boolean {
  const isIn = event.target instanceof Element && event.target.closest(`${FIELD}, ${DIALOG}`) !== null;
  return isIn || document.querySelector(DIALOG) !== null;
}

/**
 * Keys of the page, unless somebody types into a field or a dialog is open. `true`: the key was meant for this.
 *
 * With `isLast`, only those that nothing else on the page took: the shell comes after the page, whichever was there first.
 */
export function useKeys(handle: (event: KeyboardEvent) => boolean, { isLast = false }: { isLast?: boolean } = {}): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isCharacter(event.key) && !areKeysOn()) return;
    if (isElsewhere(event)) return;
    const target = event.target instanceof Element ? event.target : null;
    // A button or link that has the focus keeps its own keys, and so does what the arrows move.
    if ((event.key === "Enter" || event.key === " ") && target?.closest("button, a")) return;
    if (event.key.startsWith("Arrow") && target?.matches("input[type=range], input[type=radio]")) return;
    if (handle(event)) event.preventDefault();
  });
  useEffect(() => {
    const place = isLast ? window : document;
    const listener = (event: Event) => onKey(event as KeyboardEvent);
    place.addEventListener("keydown", listener);
    return () => place.removeEventListener("keydown", listener);
  }, [isLast]);
}
