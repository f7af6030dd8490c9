import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";

import { draftKey, keptLaunch } from "@/features/jobs/launch-draft.ts";
import { NewJobPage } from "@/features/jobs/new-job-page.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

const RESTORED = "What you had not launched yet is back.";
const KEY = draftKey({ tenantId: fixtures.uuid(2), userId: fixtures.uuid(1), search: "" });

let stub: StubApi;
beforeEach(() => {
  stub = useStubServer();
});

const open = (search = "") => renderApp(<NewJobPage />, { path: "/jobs/new", at: `/jobs/new${search}` });
/** The same tab, loaded again. */
const reload = (view: ReturnType<typeof open>, search = "") => {
  view.unmount();
  return open(search);
};
const name = () => screen.findByLabelText<HTMLInputElement>("Name (optional)");
const rename = async (to: string) => fireEvent.change(await name(), { target: { value: to } });
const asksBeforeLeaving = () => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));

it("keeps a form that was not launched, says so when it is back, and forgets it when told to", async () => {
  let view = open();
  await rename("My job");
  await userEvent.click(screen.getByRole("radio", { name: "LoRA" }));
  expect(screen.queryByText(RESTORED)).toBeNull();
  expect(asksBeforeLeaving(), "what is kept is not lost").toBe(false);
  view = reload(view);
  expect((await name()).value).toBe("My job");
  expect(screen.getByRole<HTMLInputElement>("radio", { name: "LoRA" }).checked).toBe(true);
  expect(screen.getByText(RESTORED)).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  expect((await name()).value).toBe("");
  expect(screen.queryByText(RESTORED)).toBeNull();
  reload(view);
  expect((await name()).value).toBe("");
  expect(screen.queryByText(RESTORED)).toBeNull();
});

it("keeps what is written as JSON, even what is no JSON yet", async () => {
  const view = open();
  await userEvent.click(await screen.findByRole("button", { name: "Edit as JSON" }));
  const area = () => screen.findByRole<HTMLTextAreaElement>("textbox", { name: "The job as JSON" });
  fireEvent.change(await area(), { target: { value: '{"method": ' } });
  reload(view);
  expect((await area()).value).toBe('{"method": ');
});

it("keeps nothing where nothing was changed, and a duplicate apart from an empty form", async () => {
  let view = open();
  await name();
  expect(Object.keys(sessionStorage)).toEqual([]);
  await rename("My job");
  const from = `?from=${fixtures.finishedJob.id}`;
  view = reload(view, from);
  expect((await name()).value).toBe("Customer service intents, full (copy)");
  expect(screen.queryByText(RESTORED)).toBeNull();
  reload(view);
  expect((await name()).value).toBe("My job");
});

it("forgets what was launched, and keeps what was refused", async () => {
  stub.on("POST", "/api/v1/jobs", () => problem(503, "platform.busy", "Try again in a moment."));
  const view = open();
  await rename("My job");
  await userEvent.click(screen.getByRole("button", { name: "Launch" }));
  await screen.findByRole("alert");
  expect(keptLaunch(KEY)?.form.name).toBe("My job");
  stub.on("POST", "/api/v1/jobs", () => ({ status: 201, body: fixtures.runningJob }));
  await userEvent.click(screen.getByRole("button", { name: "Launch" }));
  await waitFor(() => expect(view.router.state.location.pathname).toMatch(/^\/jobs\/.+-/));
  expect(keptLaunch(KEY)).toBeNull();
});

it("asks before somebody leaves with what the browser does not keep", async () => {
  open();
  await name();
  expect(asksBeforeLeaving()).toBe(false);
  const full = () => {
    throw new Error("full");
  };
  vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: full, removeItem: () => undefined, clear: () => undefined });
  await rename("My job");
  expect(asksBeforeLeaving()).toBe(true);
  await rename("");
  expect(asksBeforeLeaving()).toBe(false);
});

it.each(["1", "null", '{"form": {}, "text": null, "batch": {}}', '{"form": {"name": 1}, "own": null, "text": null, "batch": {"isOn": false}}', "{half"])(
  "begins anew where what is kept cannot be shown: %s",
  async (kept) => {
    sessionStorage.setItem(KEY, kept);
    open();
    expect((await name()).value).toBe("");
    expect(screen.queryByText(RESTORED)).toBeNull();
  },
);
