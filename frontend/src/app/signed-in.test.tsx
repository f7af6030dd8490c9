import { screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";

import { SignedIn } from "@/app/signed-in.tsx";
import { zhDoor } from "@/lib/i18n/zh-door.ts";
import { rememberTenant } from "@/lib/request-context.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import type { StubApi } from "@/testing/stub-api.ts";

const [first, second] = fixtures.session.tenants;
const place = `/jobs/${fixtures.finishedJob.id}?cell=2.0`;

let stub: StubApi;
beforeEach(() => {
  rememberTenant(first?.id ?? null);
  stub = useStubServer();
});

const open = (at: string) => renderApp(<SignedIn />, { path: "/jobs/:jobId", at });

it("brings whoever is signed out to the sign-in, which knows the whole address to come back to", async () => {
  stub.session.user = null;
  const { router } = open(`${place}&tenant=${second?.id ?? ""}#try`);
  await screen.findByText("elsewhere");
  expect(router.state.location.pathname).toBe("/sign-in");
  expect(new URLSearchParams(router.state.location.search).get("next")).toBe(`${place}&tenant=${second?.id ?? ""}#try`);
});

// What was said stays for a while, so this goes before the one in which something is.
it("says nothing of a switch where there is none", async () => {
  const { router } = open(`${place}&tenant=${first?.id ?? ""}`);
  await waitFor(() => expect(router.state.location.search).toBe("?cell=2.0"));
  expect(screen.queryByText(/This link belongs to/)).toBeNull();
});

it("opens a link in the organisation that it belongs to, and asks no other for it", async () => {
  const { router } = open(`${place}&tenant=${second?.id.toUpperCase() ?? ""}#try`);
  expect(await screen.findByText(/This link belongs to/)).toBeDefined();
  await waitFor(() => expect(stub.requests.some(({ path }) => path === "/api/v1/notifications/unread-count")).toBe(true));
  const asked = stub.requests.filter(({ path }) => path !== "/api/v1/session").map(({ headers }) => headers["x-tenant"]);
  expect(new Set(asked)).toEqual(new Set([second?.id]));
  const { pathname, search, hash } = router.state.location;
  expect(pathname + search + hash).toBe(`${place}#try`);
});

it("shows the one friendly page for a link of an organisation that somebody does not belong to", async () => {
  open(`${place}&tenant=${fixtures.uuid(999)}`);
  expect(await screen.findByRole("heading", { name: "Nothing here", level: 2 })).toBeDefined();
});

it("shows nothing of the product before all of its sentences are there", async () => {
  const words = { locale: "zh-CN", catalogue: zhDoor, isWhole: false } as const;
  const shown: string[] = [];
  const observer = new MutationObserver(() => shown.push(document.querySelector("nav")?.textContent ?? ""));
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  renderApp(<SignedIn />, { path: "/jobs/:jobId", at: place, words });
  expect(await screen.findByRole("link", { name: "数据集" })).toBeDefined();
  observer.disconnect();
  // A sentence that is not there would have been shown as its key.
  expect(shown.filter((text) => text.includes("nav."))).toEqual([]);
});
