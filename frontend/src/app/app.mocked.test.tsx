import { QueryClient } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, type DataRouter, Link } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { App } from "@/app/app.tsx";
import { makeRouter } from "@/app/router.tsx";
import { ErrorBoundary } from "@/components/error-boundary.tsx";
import { englishDoor, loadWords } from "@/lib/i18n/load-catalogue.ts";
import { loadPart } from "@/lib/updates.ts";

// Node finds two copies of the router, of which one knows nothing of the other.
vi.mock("react-router/dom", async () => ({ RouterProvider: (await import("react-router")).RouterProvider }));
// What an older tab gets for a file that a deployment has taken away.
vi.mock("@/features/session/door.ts", () => {
  throw new TypeError("Failed to fetch dynamically imported module");
});

const built = (name: string) => `<script type="module" crossorigin src="/assets/${name}.js"></script>`;
const served = (answer: () => Response) => vi.stubGlobal("fetch", vi.fn(async () => await Promise.resolve(answer())));
const gone = async () => await Promise.reject<{ Component: () => null }>(new TypeError("Failed to fetch dynamically imported module"));
const own = document.createElement("script");

beforeEach(() => {
  // A script becomes one only once it stands there, so that nothing tries to load it.
  own.setAttribute("type", "text/plain");
  own.setAttribute("src", "/assets/first-old.js");
  document.head.append(own);
  own.setAttribute("type", "module");
  // React reports what a boundary catches.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  own.remove();
  history.replaceState(null, "", "/");
});

function open(router: DataRouter, initial = englishDoor()) {
  render(<App router={router} queryClient={new QueryClient()} initial={initial} />);
}

function form() {
  const page = (
    <>
      <input aria-label="Name" />
      <Link to="/jobs">Jobs</Link>
    </>
  );
  return createMemoryRouter([
    { path: "/", element: page },
    { path: "/jobs", lazy: async () => await loadPart(gone), errorElement: <ErrorBoundary /> },
  ]);
}

it("keeps a page with what was typed where another is gone since a deployment, and offers to reload", async () => {
  served(() => new Response(built("first-new")));
  const reload = vi.spyOn(location, "reload").mockImplementation(() => undefined);
  open(form());
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "Mails of May");
  await userEvent.click(screen.getByRole("link", { name: "Jobs" }));
  expect((await screen.findByRole("alert")).textContent).toContain("Anneal was updated");
  expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Name" }).value).toBe("Mails of May");
  expect(screen.queryByText("This page stopped working")).toBeNull();
  expect(reload).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: "Reload the page" }));
  expect(reload).toHaveBeenCalledOnce();
});

it.each([
  ["the server has the same build", () => new Response(built("first-old"))],
  ["the server is away", () => new Response("<html></html>", { status: 503 })],
  ["the line is broken", () => Response.error()],
])("says that the page broke where a part does not come and %s", async (_, answer) => {
  served(answer);
  open(form());
  await userEvent.click(await screen.findByRole("link", { name: "Jobs" }));
  expect(await screen.findByText("This page stopped working")).toBeDefined();
  expect(screen.queryByRole("alert")).toBeNull();
});

it("tells of an update whoever asked for what is gone, in the language of the page", async () => {
  served(() => new Response(built("first-new")));
  open(form(), await loadWords("zh-CN", false));
  await screen.findByRole("textbox");
  dispatchEvent(new Event("vite:preloadError", { cancelable: true }));
  expect((await screen.findByRole("alert")).textContent).toContain("Anneal 已更新");
});

it("holds for every page of the router", async () => {
  served(() => new Response(built("first-new")));
  history.replaceState(null, "", "/sign-in");
  open(makeRouter());
  await waitFor(() => expect(screen.getByRole("alert").textContent).toContain("Anneal was updated"));
  expect(screen.queryByText("This page stopped working")).toBeNull();
});
