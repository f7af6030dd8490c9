import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { Shell } from "@/app/shell.tsx";
import type { Role } from "@/lib/api-types.ts";
import { useKeys } from "@/lib/use-keys.ts";
import { rememberKeys } from "@/lib/preferences.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import type { StubApi } from "@/testing/stub-api.ts";

let stub: StubApi;
beforeEach(() => {
  sessionStorage.clear();
  stub = useStubServer();
});

const shell = (role: Role = "owner") => renderApp(<Shell />, { path: "*", role });

async function openPalette() {
  const view = shell();
  await userEvent.keyboard("{Control>}k{/Control}");
  return { ...view, field: await screen.findByRole("combobox", { name: "Search and commands" }) };
}

const selected = () => screen.getByRole("option", { selected: true });

it("has no bell for those who may not look at data, and asks for no news", () => {
  const { unmount } = shell();
  expect(screen.getAllByRole("button", { name: "Notifications" }).length).toBeGreaterThan(0);
  unmount();
  stub.requests.length = 0;
  shell("billing");
  expect(screen.queryByRole("button", { name: "Notifications" })).toBeNull();
  expect(stub.requests.some(({ path }) => path.startsWith("/api/v1/notifications"))).toBe(false);
});

describe("the palette", () => {
  it("opens by Ctrl-K and by its button, and gives the focus back", async () => {
    shell();
    const button = screen.getByRole("button", { name: "Search" });
    await userEvent.click(button);
    const field = await screen.findByRole("combobox", { name: "Search and commands" });
    await waitFor(() => expect(document.activeElement).toBe(field));
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("combobox")).toBeNull();
    expect(document.activeElement).toBe(button);
  });

  it("takes the letter that is typed next, before any timer has run", () => {
    shell();
    fireEvent.keyDown(document.body, { key: "k", ctrlKey: true });
    expect(document.activeElement).toBe(screen.getByRole("combobox", { name: "Search and commands" }));
  });

  it("goes to the page that a few letters mean", async () => {
    const { router, field } = await openPalette();
    await userEvent.type(field, "sett");
    expect(selected().textContent).toContain("Settings");
    await userEvent.keyboard("{Enter}");
    expect(router.state.location.pathname).toBe("/settings");
    expect(screen.queryByRole("combobox")).toBeNull();
  });

  it.each([
    ["api key", "API keys"],
    ["invite", "Members"],
    ["members", "Members"],
  ])("finds a part of the settings by what it is called elsewhere: %s", async (words, name) => {
    const { router, field } = await openPalette();
    await userEvent.click(field);
    await userEvent.paste(words);
    expect(selected().textContent).toContain(name);
    await userEvent.keyboard("{Enter}");
    expect(router.state.location.pathname).toBe("/settings");
  });

  it("finds datasets, jobs and models by name with one request for a word", async () => {
    const { router, field } = await openPalette();
    await userEvent.type(field, "customer");
    const jobs = await screen.findByRole("group", { name: "Jobs" });
    expect(within(jobs).getAllByRole("option").length).toBeGreaterThan(0);
    expect(stub.requests.filter(({ path }) => path === "/api/v1/search").map(({ query }) => query.get("q"))).toEqual(["customer"]);
    await userEvent.click(within(screen.getByRole("group", { name: "Datasets" })).getAllByRole("option")[0] ?? field);
    expect(router.state.location.pathname).toMatch(/^\/datasets\/[0-9a-f-]{36}$/);
    await userEvent.keyboard("{Control>}k{/Control}");
    expect(within(await screen.findByRole("group", { name: "Recent" })).getAllByRole("option")).toHaveLength(1);
  });

  it("tells the line that is meant, goes round at the ends, and keeps the focus", async () => {
    const { field } = await openPalette();
    const options = screen.getAllByRole("option");
    const isMeant = (position: number) => expect(field.getAttribute("aria-activedescendant")).toBe(options.at(position)?.id);
    isMeant(0);
    await userEvent.keyboard("{ArrowUp}");
    isMeant(-1);
    await userEvent.keyboard("{ArrowDown}{ArrowDown}");
    isMeant(1);
    expect(document.activeElement).toBe(field);
  });

  it("says that nothing was found, and when the search failed", async () => {
    const { field } = await openPalette();
    await userEvent.type(field, "zzzqx");
    expect(await screen.findByText("Nothing found. Try fewer or other words.")).toBeDefined();
    stub.on("GET", "/api/v1/search", () => ({ status: 503 }));
    await userEvent.type(field, "q");
    expect(await screen.findByText(/could not be searched/)).toBeDefined();
  });

  it("says that it is offline, asks nothing, and still goes to pages", async () => {
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    const { field } = await openPalette();
    await userEvent.type(field, "jobs");
    expect(screen.getByText("You are offline: only pages and actions are searched.")).toBeDefined();
    expect(selected().textContent).toContain("Jobs");
    expect(stub.requests.some(({ path }) => path === "/api/v1/search")).toBe(false);
    vi.restoreAllMocks();
  });

  it("offers writing only to those who may", async () => {
    shell("viewer");
    await userEvent.keyboard("{Control>}k{/Control}");
    await screen.findByRole("combobox");
    expect(screen.queryByRole("option", { name: /Upload a dataset/ })).toBeNull();
    expect(screen.getByRole("option", { name: /Copy the address/ })).toBeDefined();
  });
});

describe("shortcuts", () => {
  it("go to pages after g, and to a new job", async () => {
    const { router } = shell();
    await userEvent.keyboard("gd");
    expect(router.state.location.pathname).toBe("/datasets");
    await userEvent.keyboard("gm");
    expect(router.state.location.pathname).toBe("/models");
    await userEvent.keyboard("d");
    expect(router.state.location.pathname).toBe("/models");
    await userEvent.keyboard("n");
    expect(router.state.location.pathname).toBe("/jobs/new");
  });

  it("are silent while somebody types, in a dialog, and with modifiers", async () => {
    const { router, container } = shell();
    const field = document.createElement("input");
    container.append(field);
    await userEvent.type(field, "n?gd/");
    expect(router.state.location.pathname).toBe("/");
    field.remove();
    fireEvent.keyDown(document.body, { key: "n", ctrlKey: true });
    await userEvent.keyboard("?");
    await screen.findByRole("dialog", { name: "Keyboard shortcuts" });
    await userEvent.keyboard("n");
    expect(router.state.location.pathname).toBe("/");
  });

  it("can be switched off, all but Ctrl-K", async () => {
    const { router } = shell();
    act(() => rememberKeys(false));
    await userEvent.keyboard("gdn?");
    expect(router.state.location.pathname).toBe("/");
    expect(screen.queryByRole("dialog")).toBeNull();
    await userEvent.keyboard("{Control>}k{/Control}");
    expect(await screen.findByRole("dialog")).toBeDefined();
  });

  it("come after those of the page, though the shell was there first", async () => {
    const taken: string[] = [];
    function Page() {
      useKeys(({ key }) => taken.push(key) > 0);
      return null;
    }
    const { router } = shell();
    renderApp(<Page />);
    await userEvent.keyboard("n");
    expect(taken).toEqual(["n"]);
    expect(router.state.location.pathname).toBe("/");
  });

  it("reach the page's search field, or the palette where there is none", async () => {
    shell();
    const field = document.createElement("input");
    field.type = "search";
    document.querySelector("#content")?.append(field);
    await userEvent.keyboard("/");
    expect(document.activeElement).toBe(field);
    field.remove();
    await userEvent.keyboard("/");
    expect(await screen.findByRole("combobox")).toBeDefined();
  });

  it("are not offered to those who may not use them", async () => {
    const { router } = shell("viewer");
    await userEvent.keyboard("n");
    expect(router.state.location.pathname).toBe("/");
    await userEvent.keyboard("?");
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).queryByText("New job")).toBeNull();
  });
});
