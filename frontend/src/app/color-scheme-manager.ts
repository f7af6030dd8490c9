import { isMantineColorScheme, type MantineColorScheme, type MantineColorSchemeManager } from "@mantine/core";

import { rememberScheme, storedScheme } from "@/lib/preferences.ts";

/** Mantine's own manager uses a key of its own; this one shares ours with public/theme-init.js. */
export const colorSchemeManager: MantineColorSchemeManager = {
  get: () => storedScheme(),
  set: (value: MantineColorScheme) => rememberScheme(value),
  subscribe: (onUpdate) => {
    handler = (event) => {
      if (event.key === "anneal.scheme" && isMantineColorScheme(event.newValue)) onUpdate(event.newValue);
    };
    window.addEventListener("storage", handler);
  },
  unsubscribe: () => {
    if (handler) window.removeEventListener("storage", handler);
  },
  clear: () => rememberScheme("auto"),
};

let handler: ((event: StorageEvent) => void) | null = null;
