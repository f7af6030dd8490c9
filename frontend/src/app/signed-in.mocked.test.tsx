import { screen } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import { SignedIn } from "@/app/signed-in.tsx";
import { ErrorBoundary } from "@/components/error-boundary.tsx";
import { englishDoor } from "@/lib/i18n/load-catalogue.ts";
import { rememberTenant } from "@/lib/request-context.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

vi.mock(import("@/lib/i18n/load-catalogue.ts"), async (original) => ({
  ...(await original()),
  loadWords: () => Promise.reject(new TypeError("Failed to fetch dynamically imported module")),
}));

beforeEach(() => {
  rememberTenant(fixtures.session.tenants[0]?.id ?? null);
  useStubServer();
});

it("says so, and offers to load again, when the sentences of the product do not come", async () => {
  // React reports what a boundary catches.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  renderApp(<SignedIn />, { words: englishDoor(), errorElement: <ErrorBoundary /> });
  expect(await screen.findByRole("button", { name: "Reload the page" })).toBeDefined();
});
