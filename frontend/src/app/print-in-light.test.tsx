import { afterEach, expect, it, vi } from "vitest";

import { printInLight } from "@/app/print-in-light.ts";
import { onSchemeChange } from "@/components/scheme.ts";

const root = document.documentElement;
const scheme = () => root.getAttribute("data-mantine-color-scheme");
let stop: (() => void)[] = [];

afterEach(() => {
  for (const end of stop) end();
  stop = [];
  root.removeAttribute("data-mantine-color-scheme");
});

it("prints a dark page in light, draws what is on a canvas anew for it, and is dark again afterwards", async () => {
  root.setAttribute("data-mantine-color-scheme", "dark");
  const drawn: (string | null)[] = [];
  const draw = vi.fn(() => drawn.push(scheme()));
  stop = [printInLight(), onSchemeChange(draw)];
  dispatchEvent(new Event("beforeprint"));
  expect(scheme()).toBe("light");
  await vi.waitFor(() => expect(drawn).toEqual(["light"]));
  dispatchEvent(new Event("afterprint"));
  expect(scheme()).toBe("dark");
  await vi.waitFor(() => expect(drawn).toEqual(["light", "dark"]));
});

it("leaves a page alone that it no longer watches", () => {
  root.setAttribute("data-mantine-color-scheme", "dark");
  printInLight()();
  dispatchEvent(new Event("beforeprint"));
  expect(scheme()).toBe("dark");
});
