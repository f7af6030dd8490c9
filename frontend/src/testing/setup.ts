import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

import { forgetQueue } from "@/features/datasets/upload-memory.ts";
import { dismissToasts } from "@/lib/toasts.ts";
import { forgetUpdate } from "@/lib/updates.ts";

// How long something is waited for, not how long it may take: on a busy machine a second is soon over.
configure({ asyncUtilTimeout: 20_000 });

// What happy-dom lacks and Mantine asks for.
if (!("ResizeObserver" in globalThis)) {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe(): void {
        this.disconnect();
      }
      unobserve(): void {
        this.disconnect();
      }
      disconnect(): void {
        return undefined;
      }
    },
  );
}

afterEach(() => {
  cleanup();
  dismissToasts();
  forgetUpdate();
  forgetQueue();
  // Last: what is kept tells what has to be forgotten.
  localStorage.clear();
  sessionStorage.clear();
});
