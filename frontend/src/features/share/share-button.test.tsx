import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { ShareButton } from "@/features/share/share-button.tsx";
import { shareLink } from "@/lib/share-link.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

afterEach(() => vi.restoreAllMocks());

const at = "/jobs/7?cell=2.0#try";
const link = shareLink({ pathname: "/jobs/7", search: "?cell=2.0", hash: "#try" }, fixtures.uuid(2));

// What was said stays for a while, so the test in which nothing may be said goes first.
beforeEach(() => {
  useStubServer();
});

function share() {
  const user = userEvent.setup();
  renderApp(<ShareButton />, { path: "*", at });
  return user;
}

it("shows the link to be copied by hand when the browser refuses, and claims nothing", async () => {
  const user = share();
  vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new Error("refused"));
  await user.click(screen.getByRole("button", { name: "Share" }));
  const field = await screen.findByRole<HTMLInputElement>("textbox", { name: "Link" });
  expect(field.value).toBe(link);
  expect(screen.queryByText(/Link copied/)).toBeNull();
});

it("copies the place with its organisation, and says for whom it opens", async () => {
  const user = share();
  await user.click(screen.getByRole("button", { name: "Share" }));
  expect(await screen.findByText(/^Link copied. It opens for members of Northwind Support/)).toBeDefined();
  expect(await navigator.clipboard.readText()).toBe(link);
});
