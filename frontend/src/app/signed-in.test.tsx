import { QueryClient, useQuery } from "@tanstack/react-query";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { SignedIn } from "@/app/signed-in.tsx";
import { useSignOut, watchSession } from "@/features/session/session-queries.ts";
import { api, unwrap } from "@/lib/api-client.ts";
import { zhDoor } from "@/lib/i18n/zh-door.ts";
import { rememberTenant, requestContext } from "@/lib/request-context.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

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

describe("a session that ends", () => {
  let stop: () => void = () => undefined;
  afterEach(() => stop());

  function Draft() {
    const keys = useQuery({ queryKey: ["keys"], queryFn: () => unwrap(api.GET("/api/v1/api-keys")), retry: false });
    const signOut = useSignOut();
    return (
      <>
        <textarea aria-label="Draft" />
        <button onClick={() => void keys.refetch()}>ask</button>
        <button onClick={() => signOut.mutate()}>leave</button>
        <p>{keys.isError ? "refused" : (keys.data?.data.length ?? "none")}</p>
      </>
    );
  }

  const refuse = () => problem(401, "auth.required", "Sign in first.");
  const asked = () => stub.requests.filter(({ path }) => path === "/api/v1/api-keys");
  const dialog = () => screen.findByRole("dialog", { name: "You are signed out" });
  const signIn = async (email?: string) => {
    const form = within(await dialog());
    if (email !== undefined) {
      await userEvent.clear(form.getByLabelText("Email"));
      await userEvent.type(form.getByLabelText("Email"), email);
    }
    await userEvent.type(form.getByLabelText("Password"), "a good password");
    await userEvent.click(form.getByRole("button", { name: "Sign in" }));
  };

  /** A page with something typed, at the second organisation, whose session has ended. */
  async function typedAndEnded() {
    rememberTenant(second?.id ?? null);
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    stop = watchSession(client);
    const view = renderApp(<SignedIn />, { path: "/jobs/:jobId", at: place, client, page: <Draft /> });
    await userEvent.type(await screen.findByLabelText("Draft"), "long thought about");
    stub.session = { ...stub.session, user: null, tenants: [] };
    stub.on("GET", "/api/v1/api-keys", () => (stub.session.user === null ? refuse() : { status: 200, body: { data: [], next_cursor: null } }));
    await userEvent.click(screen.getByRole("button", { name: "ask" }));
    await dialog();
    return view;
  }

  it("leaves the page as it is, below a dialog, and goes on when the same person signs in", async () => {
    const { router } = await typedAndEnded();
    const reload = vi.spyOn(location, "reload").mockReturnValue(undefined);
    const typed = screen.getByLabelText<HTMLTextAreaElement>("Draft");
    expect(typed.value).toBe("long thought about");
    expect(within(await dialog()).getByLabelText<HTMLInputElement>("Email").value).toBe(fixtures.session.user?.email);
    const before = asked().length;
    stub.session.tenants = fixtures.session.tenants;
    await signIn();
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await waitFor(() => expect(asked().length).toBeGreaterThan(before));
    expect(asked().at(-1)?.headers["x-tenant"], "the organisation is still the one that was entered").toBe(second?.id);
    expect(screen.getByLabelText("Draft")).toBe(typed);
    expect(typed.value).toBe("long thought about");
    expect(router.state.location.pathname + router.state.location.search).toBe(place);
    expect(reload).not.toHaveBeenCalled();
  });

  it("goes on when the same person signed in in another tab", async () => {
    await typedAndEnded();
    stub.session = structuredClone(fixtures.session);
    document.dispatchEvent(new Event("visibilitychange"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(screen.getByLabelText<HTMLTextAreaElement>("Draft").value).toBe("long thought about");
  });

  it("loads the page anew for another person, and shows nothing of theirs before", async () => {
    await typedAndEnded();
    const reload = vi.spyOn(location, "reload").mockReturnValue(undefined);
    stub.on("POST", "/_allauth/browser/v1/auth/login", () => {
      const other = { id: fixtures.uuid(700), email: "omar@example.com", name: "Omar", language: "en" };
      stub.session = { ...stub.session, user: other, tenants: fixtures.session.tenants };
      return { status: 200, body: { status: 200, meta: { is_authenticated: true } } };
    });
    const before = asked().length;
    await signIn("omar@example.com");
    await waitFor(() => expect(reload).toHaveBeenCalledOnce());
    expect(asked()).toHaveLength(before);
    expect(screen.queryByText("Omar")).toBeNull();
  });

  it("begins without an organisation when the page is opened again", async () => {
    await typedAndEnded();
    expect(localStorage.getItem("anneal.tenant")).toBeNull();
    expect(requestContext.tenantId).toBe(second?.id);
  });

  it("is no such end when somebody leaves on purpose", async () => {
    const view = renderApp(<SignedIn />, { path: "/jobs/:jobId", at: place, page: <Draft /> });
    await userEvent.click(await screen.findByRole("button", { name: "leave" }));
    await waitFor(() => expect(view.router.state.location.pathname).toBe("/sign-in"));
  });
});
