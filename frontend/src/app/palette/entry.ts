import type { Icon } from "@tabler/icons-react";

export const GROUPS = ["here", "recent", "pages", "actions", "datasets", "jobs", "models", "parts"] as const;
export type Group = (typeof GROUPS)[number];

/** A line of the palette: a place to go to, or something to do. */
export interface Entry {
  id: string;
  group: Group;
  label: string;
  /** Other words by which it is looked for. */
  words?: string;
  /** What tells it from others of the same name. */
  hint?: string;
  Icon: Icon;
  /** Keys that do the same without the palette. */
  keys?: readonly string[];
  target: { to: string } | { run: () => void };
}
