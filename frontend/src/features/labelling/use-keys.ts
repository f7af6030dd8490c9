import { useEffect, useEffectEvent } from "react";

/** Keys of the page, unless somebody types into a field or a dialog is open. `true`: the key was meant for this. */
export function useKeys(handle: (event: KeyboardEvent) => boolean): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("input:not([type=range]), textarea, select, [role=dialog]") || document.querySelector("[role=dialog]")) return;
    // A button or link that has the focus keeps its own keys.
    if ((event.key === "Enter" || event.key === " ") && target?.closest("button, a")) return;
    if (handle(event)) event.preventDefault();
  });
  useEffect(() => {
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
