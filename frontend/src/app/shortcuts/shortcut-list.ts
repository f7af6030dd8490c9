import { keysOf, PLACES } from "@/app/places.ts";
import { COMMAND } from "@/lib/command-key.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

type Key = Parameters<Translate>[0];

interface Shortcut {
  keys: readonly string[];
  label: Key;
  /** Writes no character, and cannot be switched off. */
  isChord?: boolean;
  needsWrite?: boolean;
}

/** Every shortcut of the shell, as the help shows them; the labelling page has more of its own. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: [COMMAND, "K"], label: "shortcuts.palette", isChord: true },
  ...PLACES.flatMap(({ key, go }): Shortcut[] => (key === null ? [] : [{ keys: keysOf(key), label: go }])),
  { keys: ["N"], label: "shortcuts.new_job", needsWrite: true },
  { keys: ["X"], label: "shortcuts.choose_row" },
  { keys: ["/"], label: "shortcuts.search" },
  { keys: [COMMAND, "Z"], label: "undo.shortcut", isChord: true },
  { keys: ["?"], label: "shortcuts.help" },
];
