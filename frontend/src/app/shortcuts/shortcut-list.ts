import type { Translate } from "@/lib/i18n/translate.ts";

type Key = Parameters<Translate>[0];

/** `g`, then one of these. */
export const PLACES: Readonly<Record<string, string>> = { h: "/", d: "/datasets", j: "/jobs", m: "/models" };

/** What Ctrl is called on the keyboard at hand. */
export const COMMAND = /mac|iphone|ipad/i.test(navigator.userAgent) ? "⌘" : "Ctrl";

interface Shortcut {
  keys: readonly string[];
  label: Key;
  /** Works in fields too, and cannot be switched off. */
  isChord?: boolean;
  needsWrite?: boolean;
}

/** Every shortcut of the shell, as the help shows them; the labelling page has more of its own. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: [COMMAND, "K"], label: "shortcuts.palette", isChord: true },
  { keys: ["G", "H"], label: "shortcuts.overview" },
  { keys: ["G", "D"], label: "shortcuts.datasets" },
  { keys: ["G", "J"], label: "shortcuts.jobs" },
  { keys: ["G", "M"], label: "shortcuts.models" },
  { keys: ["N"], label: "shortcuts.new_job", needsWrite: true },
  { keys: ["/"], label: "shortcuts.search" },
  { keys: ["?"], label: "shortcuts.help" },
];
