import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";

import { Bell } from "@/features/notifications/bell.tsx";
import { NotificationSettingsPage } from "@/features/notifications/notification-settings-page.tsx";
import type { Notification } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

const failed: Notification = {
  id: fixtures.uuid(901),
  kind: "job_failed",
  name: "Much too fast",
  message: "The training went out of control.",
  page: `/jobs/${fixtures.failedJob.id}`,
  count: 1,
  is_read: false,
  created_at: fixtures.minutesAfter(2),
};
const severe: Notification = {
  ...failed,
  id: fixtures.uuid(900),
  kind: "findings_severe",
  name: "Mails",
  message: "The data doctor has serious findings: 2.",
  page: `/datasets/${fixtures.dataset.id}?tab=doctor`,
};

let stub: StubApi;
beforeEach(() => {
  stub = useStubServer();
  stub.notifications = structuredClone([failed, severe]);
});

async function openPanel(name: RegExp) {
  const view = renderApp(<Bell />, { path: "*" });
  const bell = await screen.findByRole("button", { name });
  await userEvent.click(bell);
  return { ...view, bell, panel: await screen.findByRole("dialog", { name: /^Notifications/ }) };
}

describe("the bell", () => {
  it("says how many are unread, and opens what a notification is about", async () => {
    const { router, panel } = await openPanel(/^Notifications, 2 unread$/);
    const link = await within(panel).findByRole("link", { name: /Mails/ });
    await userEvent.click(link);
    expect(router.state.location.pathname + router.state.location.search).toBe(severe.page);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(await screen.findByRole("button", { name: "Notifications, 1 unread" })).toBeDefined();
  });

  it("says how many of a kind about one thing a line stands for", async () => {
    stub.notifications = [{ ...failed, count: 3 }, severe];
    const { panel } = await openPanel(/2 unread/);
    expect((await within(panel).findByRole("link", { name: /Much too fast/ })).textContent).toContain("Job failed · 3 times ·");
    expect(within(panel).getByRole("link", { name: /Mails/ }).textContent).not.toContain("time ·");
  });

  it("has read what is about the page that is opened, also what comes while it is looked at, and says so to other tabs", async () => {
    const told = new BroadcastChannel("anneal-notifications");
    const heard = new Promise((resolve) => {
      told.onmessage = resolve;
    });
    const { router, client } = renderApp(<Bell />, { path: "*", at: severe.page });
    expect(await screen.findByRole("button", { name: "Notifications, 1 unread" })).toBeDefined();
    await heard;
    told.close();
    expect(stub.notifications.map(({ is_read: isRead }) => isRead)).toEqual([false, true]);
    stub.notifications = [{ ...severe, id: fixtures.uuid(903) }, ...stub.notifications];
    await client.invalidateQueries({ queryKey: ["notifications"] });
    await waitFor(() => expect(stub.notifications.map(({ is_read: isRead }) => isRead)).toEqual([true, false, true]));
    await router.navigate(failed.page);
    expect(await screen.findByRole("button", { name: "Notifications" })).toBeDefined();
  });

  it("leaves what is marked by hand as it was marked, on the page that it is about too", async () => {
    stub.notifications = [{ ...failed, is_read: true }];
    renderApp(<Bell />, { path: "*", at: failed.page });
    await userEvent.click(await screen.findByRole("button", { name: "Notifications" }));
    await userEvent.click(await screen.findByRole("button", { name: "Mark as unread: Much too fast" }));
    await userEvent.keyboard("{Escape}");
    expect(await screen.findByRole("button", { name: "Notifications, 1 unread" })).toBeDefined();
    expect(stub.requests.filter(({ method }) => method === "POST").map(({ path }) => path)).toEqual(["/api/v1/notifications/unread"]);
  });

  it("asks again when another tab says that something was marked", async () => {
    renderApp(<Bell />, { path: "*" });
    await screen.findByRole("button", { name: /2 unread/ });
    stub.notifications = [];
    const other = new BroadcastChannel("anneal-notifications");
    other.postMessage(null);
    other.close();
    expect(await screen.findByRole("button", { name: "Notifications" })).toBeDefined();
  });

  it("shows at once what is marked, and takes it back where the server refuses", async () => {
    const { bell, panel } = await openPanel(/2 unread/);
    stub.on("POST", "/api/v1/notifications/read", () => problem(503, "platform.busy", "Try again in a moment."));
    const answer = stub.hold("POST");
    await userEvent.click(await within(panel).findByRole("button", { name: "Mark as read: Mails" }));
    expect(within(panel).getByRole("button", { name: "Mark as unread: Mails" })).toBeDefined();
    expect(bell.getAttribute("aria-label")).toBe("Notifications, 1 unread");
    answer();
    expect(await screen.findByText(/Try again in a moment/)).toBeDefined();
    expect(await within(panel).findByRole("button", { name: "Mark as read: Mails" })).toBeDefined();
    expect(bell.getAttribute("aria-label")).toBe("Notifications, 2 unread");
  });

  it("marks all that is shown as read, not what comes meanwhile, and takes it back", async () => {
    const { panel } = await openPanel(/2 unread/);
    const all = await within(panel).findByRole("button", { name: "Mark all as read" });
    stub.notifications.unshift({ ...failed, id: fixtures.uuid(902), name: "Just now" });
    await userEvent.click(all);
    expect(await within(panel).findByText("2 marked as read.")).toBeDefined();
    expect(stub.notifications.map(({ is_read: isRead }) => isRead)).toEqual([false, true, true]);
    const undo = within(panel).getByRole("button", { name: "Undo" });
    expect(document.activeElement).toBe(undo);
    await userEvent.click(undo);
    await waitFor(() => expect(stub.notifications.every(({ is_read: isRead }) => !isRead)).toBe(true));
    expect(stub.requests.filter(({ method }) => method === "POST").map(({ path, body }) => [path, body])).toEqual([
      ["/api/v1/notifications/read", { until: failed.id }],
      ["/api/v1/notifications/unread", { ids: [failed.id, severe.id] }],
    ]);
  });

  it("is walked with the keyboard, and gives the focus back", async () => {
    const { panel, bell } = await openPanel(/2 unread/);
    const [first, second] = await within(panel).findAllByRole("link", { name: /unread/ });
    within(panel).getByRole("heading", { name: "Notifications" }).focus();
    await userEvent.keyboard("{ArrowDown}");
    expect(document.activeElement).toBe(first);
    await userEvent.keyboard("{ArrowDown}");
    expect(document.activeElement).toBe(second);
    await userEvent.keyboard("{ArrowDown}");
    expect(document.activeElement).toBe(second);
    await userEvent.keyboard("{Home}");
    expect(document.activeElement).toBe(first);
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(bell));
  });

  it("says so when there is nothing, and when it cannot be loaded", async () => {
    stub.notifications = [];
    const { panel } = await openPanel(/^Notifications$/);
    expect(await within(panel).findByText("You are up to date")).toBeDefined();
    expect(within(panel).queryByRole("button", { name: "Mark all as read" })).toBeNull();
  });

  it("offers to try again when the list cannot be loaded", async () => {
    stub.on("GET", "/api/v1/notifications", () => problem(500, "server.error", "Something went wrong on our side."));
    const { panel } = await openPanel(/2 unread/);
    expect(await within(panel).findByRole("button", { name: "Try again" })).toBeDefined();
  });
});

describe("the settings", () => {
  it("keep each choice at once, and show what was refused as it was", async () => {
    renderApp(<NotificationSettingsPage />);
    await userEvent.click(await screen.findByRole("switch", { name: "Job finished: by e-mail" }));
    await userEvent.click(screen.getByRole("switch", { name: /All jobs of the organisation/ }));
    await waitFor(() => expect(stub.notificationSettings.follows_all_jobs).toBe(true));
    expect(stub.notificationSettings.kinds.find(({ kind }) => kind === "job_succeeded")).toEqual({ kind: "job_succeeded", in_page: true, by_email: false });
    stub.on("PUT", "/api/v1/notifications/settings", () => problem(503, "platform.busy", "Try again in a moment."));
    const inPage = screen.getByRole<HTMLInputElement>("switch", { name: "Role changed: in the page" });
    await userEvent.click(inPage);
    expect(await screen.findByText("Try again in a moment.")).toBeDefined();
    await waitFor(() => expect(inPage.checked).toBe(true));
  });

  it("say that no e-mail is sent where there is no mail server", async () => {
    stub.notificationSettings.is_mail_sent = false;
    renderApp(<NotificationSettingsPage />);
    expect(await screen.findByText(/sends no e-mail/)).toBeDefined();
    expect(screen.getByRole<HTMLInputElement>("switch", { name: "Job failed: by e-mail" }).disabled).toBe(true);
  });
});
