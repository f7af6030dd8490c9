import { useEffect, useEffectEvent, useRef } from "react";
import { useNavigate } from "react-router";

import { PLACES } from "@/app/places.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { canWrite } from "@/lib/permissions.ts";
import { useKeys } from "@/lib/use-keys.ts";

/** How long `g` waits for the key that says where to. */
const PREFIX_MS = 1500;

interface Handlers {
  onPalette: () => void;
  onHelp: () => void;
}

/** Shortcuts of the shell: those of single keys when nothing else on the page took the key, Ctrl-K always. */
export function useShortcuts({ onPalette, onHelp }: Handlers): void {
  const navigate = useNavigate();
  const { tenant } = useWorkspace();
  const prefixAt = useRef<number | null>(null);

  useKeys(
    (event) => {
      const key = event.key.toLowerCase();
      const isAfterPrefix = prefixAt.current !== null && event.timeStamp - prefixAt.current < PREFIX_MS;
      prefixAt.current = null;
      const place = isAfterPrefix ? PLACES.find((one) => one.key === key) : undefined;
      if (place !== undefined) void navigate(place.to);
      else if (key === "g") prefixAt.current = event.timeStamp;
      else if (key === "n" && canWrite(tenant)) void navigate("/jobs/new");
      else if (key === "/") focusSearch(onPalette);
      else if (key === "?") onHelp();
      else return false;
      return true;
    },
    { isLast: true },
  );

  const onChord = useEffectEvent((event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    onPalette();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onChord(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
}

/** The search field of the page; where it has none, `otherwise`. */
function focusSearch(otherwise: () => void): void {
  const field = document.querySelector<HTMLInputElement>("#content input[type=search]");
  if (field === null) otherwise();
  else field.focus();
}
