import { IconChartDots3, IconDatabase, IconFlame, IconHome2, IconSettings } from "@tabler/icons-react";

/** The places of the shell, in their order: in the navigation, in the palette, and with `g` and a key. */
export const PLACES = [
  { id: "overview", to: "/", label: "nav.overview", Icon: IconHome2, key: "h", go: "shortcuts.overview" },
  { id: "datasets", to: "/datasets", label: "nav.datasets", Icon: IconDatabase, key: "d", go: "shortcuts.datasets" },
  { id: "jobs", to: "/jobs", label: "nav.jobs", Icon: IconFlame, key: "j", go: "shortcuts.jobs" },
  { id: "models", to: "/models", label: "nav.models", Icon: IconChartDots3, key: "m", go: "shortcuts.models" },
  { id: "settings", to: "/settings", label: "nav.settings", Icon: IconSettings, key: null, go: null },
] as const;

/** What is pressed for a place, as caps show it. */
export function keysOf(key: string): readonly string[] {
  return ["G", key.toUpperCase()];
}
