import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

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
  localStorage.clear();
});
