import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { dismissToasts, holdToasts, releaseToasts, showToast, type ToastAction } from "@/lib/toasts.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

const page = (
  <>
    <button type="button">Before</button>
    <input aria-label="A field" />
  </>
);

function offered(run: ToastAction["run"] = () => Promise.resolve(), message = "It was deleted.") {
  act(() => showToast(message, "info", { label: "Undo", run }));
}

function later(ms: number) {
  act(() => {
    vi.advanceTimersByTime(ms);
  });
}

beforeEach(() => useStubServer());
afterEach(() => {
  vi.useRealTimers();
});

it("stays for ten seconds with something to do, and for as long as somebody points at it or is in it", () => {
  vi.useFakeTimers();
  renderApp(page);
  offered();
  later(9900);
  expect(screen.getByText("It was deleted.")).toBeDefined();
  act(holdToasts);
  later(60_000);
  expect(screen.getByText("It was deleted.")).toBeDefined();
  act(releaseToasts);
  later(9900);
  expect(screen.getByText("It was deleted.")).toBeDefined();
  later(200);
  expect(screen.queryByText("It was deleted.")).toBeNull();
});

it("is held by the pointer and by the focus", async () => {
  renderApp(page);
  offered();
  const shown = screen.getByText("It was deleted.");
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  await user.hover(shown);
  later(30_000);
  await user.unhover(shown);
  act(() => screen.getByRole("button", { name: "Undo" }).focus());
  later(30_000);
  expect(screen.getByText("It was deleted.")).toBeDefined();
  act(() => screen.getByRole("button", { name: "Before" }).focus());
  later(10_100);
  expect(screen.queryByText("It was deleted.")).toBeNull();
});

it("does what it offers once, and gives the focus back", async () => {
  renderApp(page);
  let finish: () => void = () => undefined;
  const run = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  offered(run);
  const before = screen.getByRole("button", { name: "Before" });
  before.focus();
  await userEvent.tab();
  await userEvent.tab();
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Undo" }));
  await userEvent.keyboard("{Enter}");
  expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "A field" }));
  before.focus();
  await userEvent.keyboard("{Control>}z{/Control}");
  expect(run).toHaveBeenCalledTimes(1);
  finish();
  await waitFor(() => expect(screen.queryByText("It was deleted.")).toBeNull());
});

it("is undone by Ctrl-Z, the last one first, but not from a field, which has its own", async () => {
  renderApp(page);
  const undone: string[] = [];
  const undo = (name: string) => () => {
    undone.push(name);
    return Promise.resolve();
  };
  offered(undo("first"), "“X” was deleted.");
  offered(undo("second"), "“X” was deleted.");
  screen.getByRole("textbox").focus();
  await userEvent.keyboard("{Control>}z{/Control}");
  expect(undone).toEqual([]);
  screen.getByRole("button", { name: "Before" }).focus();
  await userEvent.keyboard("{Control>}z{/Control}");
  await waitFor(() => expect(screen.getAllByText("“X” was deleted.")).toHaveLength(1));
  await userEvent.keyboard("{Meta>}z{/Meta}");
  await waitFor(() => expect(screen.queryByText("“X” was deleted.")).toBeNull());
  expect(undone).toEqual(["second", "first"]);
});

it("stays to be tried again when it failed", async () => {
  renderApp(page);
  const run = vi.fn().mockRejectedValueOnce(new Error("no line")).mockResolvedValueOnce(undefined);
  offered(run);
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(screen.getByRole("button", { name: "Undo" }).hasAttribute("data-loading")).toBe(false));
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(screen.queryByText("It was deleted.")).toBeNull());
  expect(run).toHaveBeenCalledTimes(2);
});

it("does not hold the next ones when those that were pointed at are gone", () => {
  vi.useFakeTimers();
  renderApp(page);
  offered();
  act(holdToasts);
  act(dismissToasts);
  offered(undefined, "Another one.");
  later(10_100);
  expect(screen.queryByText("Another one.")).toBeNull();
});
