import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { DeletedOrganisation } from "@/features/settings/deleted-organisation.tsx";
import { expiresAt } from "@/features/settings/key-expiry.ts";
import { SettingsPage } from "@/features/settings/settings-page.tsx";
import type { Member, Role } from "@/lib/api-types.ts";
import { requestContext } from "@/lib/request-context.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

it("shows a new key once, with a call to paste", async () => {
  const stub = useStubServer();
  renderApp(<SettingsPage />);
  await userEvent.type(await screen.findByLabelText("What is it for?"), "nightly");
  await userEvent.click(screen.getByRole("button", { name: "Create key" }));
  expect((await screen.findByRole("region", { name: "Secret key" })).textContent).toMatch(/^ann_live_/);
  expect(screen.getByRole("region", { name: "Try it" }).textContent).toContain("Authorization: Bearer ann_live_");
  expect((await screen.findByRole("rowheader", { name: /nightly/ })).textContent).toContain("…9xTz");
  expect(stub.requests.find((request) => request.method === "POST")?.headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/);
});

it("gives the invitation link to copy, complete with its host", async () => {
  useStubServer();
  renderApp(<SettingsPage />);
  await userEvent.type(await screen.findByLabelText("Invite by email"), "li@example.com");
  await userEvent.click(screen.getByRole("button", { name: "Create invitation" }));
  const link = await screen.findByRole("region", { name: "Invitation link" });
  expect(link.textContent).toBe(new URL("/invitations/accept?token=stub", location.origin).href);
  expect(await screen.findByRole("rowheader", { name: "li@example.com" })).toBeDefined();
});

it("renames the organisation and puts its name back, never over that of somebody else", async () => {
  const stub = useStubServer();
  renderApp(<SettingsPage />);
  const field = await screen.findByLabelText("Organisation name");
  const rename = async (name: string) => {
    await userEvent.clear(field);
    await userEvent.type(field, name);
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
  };
  const there = stub.session.tenants[0];
  await rename("Southwind");
  await waitFor(() => expect(there?.name).toBe("Southwind"));
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(there?.name).toBe("Northwind Support"));
  Object.assign(there ?? {}, { name: "Theirs" });
  await rename("Mine");
  expect(await screen.findByText("Somebody changed this since you read it.")).toBeDefined();
  expect(there?.name).toBe("Theirs");
});

it("deletes the organisation only for an owner who typed its name, and lets an owner bring it back", async () => {
  const stub = useStubServer();
  const { unmount } = renderApp(<SettingsPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Delete organisation" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete Northwind Support?" });
  expect(dialog.textContent).toContain("For 7 days an owner can bring it back.");
  const confirm = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Delete organisation" });
  expect(confirm.disabled).toBe(true);
  await userEvent.type(within(dialog).getByLabelText(/Type its name/), "Northwind Support");
  await userEvent.click(confirm);
  await waitFor(() => expect(stub.session.tenants[0]?.restorable_until).not.toBeNull());
  unmount();
  const until = "2124-05-01T12:00:00Z";
  const asMember = renderApp(<DeletedOrganisation />, { role: "member", restorableUntil: until });
  expect(screen.getByText(/An owner can bring it back until .*2124/)).toBeDefined();
  expect(screen.queryByRole("button")).toBeNull();
  asMember.unmount();
  renderApp(<DeletedOrganisation />, { restorableUntil: until });
  await userEvent.click(screen.getByRole("button", { name: "Bring it back" }));
  await waitFor(() => expect(stub.session.tenants[0]?.restorable_until).toBeNull());
});

it("offers no deletion to an admin, nor of what is deleted already", async () => {
  useStubServer();
  const { unmount } = renderApp(<SettingsPage />, { role: "admin" });
  await screen.findByLabelText("Organisation name");
  expect(screen.queryByRole("button", { name: "Delete organisation" })).toBeNull();
  unmount();
  renderApp(<SettingsPage />, { restorableUntil: "2124-05-01T12:00:00Z" });
  await screen.findByLabelText("Organisation name");
  expect(screen.queryByRole("button", { name: "Delete organisation" })).toBeNull();
});

it("offers members and keys only to those who may change them", async () => {
  useStubServer();
  renderApp(<SettingsPage />, { role: "viewer" });
  const members = await screen.findByRole("region", { name: "Members" , hidden: false });
  expect(within(members).queryByRole("button", { name: "Create invitation" })).toBeNull();
  expect(screen.queryByRole("heading", { name: "API keys" })).toBeNull();
});

it("asks for the same end of a key's life at a second click on the same day", () => {
  const noon = Date.UTC(2026, 0, 1, 12);
  expect(expiresAt("30", noon)).toBe(expiresAt("30", noon + 5000));
  expect(expiresAt("30", noon)).toBe("2026-02-01T00:00:00.000Z");
  expect(expiresAt("never", noon)).toBeNull();
});

it("changes the password of who knows it, and says at which field it was refused", async () => {
  const stub = useStubServer();
  renderApp(<SettingsPage />, { role: "billing" });
  const account = within(await screen.findByRole("region", { name: "Account" }));
  expect(account.getByLabelText<HTMLInputElement>("Email").value).toBe("mei@example.com");
  const [current, wanted] = [account.getByLabelText("Current password"), account.getByLabelText("New password")];
  expect([current, wanted].map((field) => field.getAttribute("autocomplete"))).toEqual(["current-password", "new-password"]);
  await userEvent.type(current, "wrong");
  await userEvent.type(wanted, "four quite unrelated words");
  await userEvent.click(account.getByRole("button", { name: "Change your password" }));
  expect(await account.findByText("This is not your password.")).toBeDefined();
  await userEvent.clear(current);
  await userEvent.type(current, "the old one");
  await userEvent.click(account.getByRole("button", { name: "Change your password" }));
  expect(await screen.findByText(/Your password is changed/)).toBeDefined();
  expect(stub.requests.at(-1)?.body).toEqual({ current_password: "the old one", new_password: "four quite unrelated words" });
  expect([current, wanted].map((field) => (field as HTMLInputElement).value)).toEqual(["", ""]);
});

it("deletes the account of who says the password, and says first that nobody can bring it back", async () => {
  const stub = useStubServer();
  renderApp(<SettingsPage />, { role: "viewer" });
  await userEvent.click(await screen.findByRole("button", { name: "Delete your account" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Delete the account mei@example.com?" }));
  expect(dialog.getByText(/There is no undo/)).toBeDefined();
  const confirm = dialog.getByRole<HTMLButtonElement>("button", { name: "Delete your account" });
  expect(confirm.disabled).toBe(true);
  const field = dialog.getByLabelText(/Current password/);
  await userEvent.type(field, "wrong");
  await userEvent.click(confirm);
  expect(await dialog.findByText("This is not your password.")).toBeDefined();
  expect(dialog.queryByRole("alert")).toBeNull();
  const words = "You are the only owner of Northwind Support.";
  stub.on("POST", "/api/v1/account/delete", () => problem(409, "account.only_owner", words));
  await userEvent.click(confirm);
  expect((await dialog.findByRole("alert")).textContent).toContain(words);
  stub.on("POST", "/api/v1/account/delete", () => {
    stub.session = { ...stub.session, user: null, tenants: [] };
    return { status: 204 };
  });
  await userEvent.click(confirm);
  expect(await screen.findByText("Your account is deleted.")).toBeDefined();
  expect(requestContext.tenantId).toBeNull();
  await waitFor(() => expect(stub.requests.at(-1)?.path).toBe("/api/v1/session"));
});

const person = (number: number, email: string, role: Role): Member => ({ id: fixtures.uuid(number), user: { id: fixtures.uuid(number + 100), email, name: "" }, role, created_at: fixtures.minutesAfter(0) });
const me = (role: Role): Member => ({ ...person(60, "mei@example.com", role), user: fixtures.session.user ?? person(60, "", role).user });

it("says to the only owner what comes before leaving, and lets others go in words of their own", async () => {
  const stub = useStubServer();
  const members = [me("owner"), person(61, "omar@example.com", "admin")];
  stub.on("GET", "/api/v1/members", () => ({ status: 200, body: { data: members, next_cursor: null } }));
  renderApp(<SettingsPage />);
  const section = within(await screen.findByRole("region", { name: "Members" }));
  expect(await section.findByRole("button", { name: "Remove omar@example.com" })).toBeDefined();
  expect(section.queryByRole("button", { name: /mei@example.com/ })).toBeNull();
  expect(screen.getByText(/make another member an owner first/)).toBeDefined();
  expect(screen.queryByRole("button", { name: "Leave the organisation" })).toBeNull();
});

it.each<Role>(["owner", "viewer", "billing"])("asks who is %s whether to leave the organisation, and forgets it", async (role) => {
  const stub = useStubServer();
  stub.on("GET", "/api/v1/members", () => ({ status: 200, body: { data: [me(role), person(61, "omar@example.com", "owner")], next_cursor: null } }));
  stub.on("DELETE", "/api/v1/membership", () => {
    stub.session.tenants = [];
    return { status: 204 };
  });
  renderApp(<SettingsPage />, { role });
  await userEvent.click(await screen.findByRole("button", { name: "Leave the organisation" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Leave the organisation?" }));
  expect(dialog.getByText(/You lose access to “Northwind Support” at once/)).toBeDefined();
  await userEvent.click(dialog.getByRole("button", { name: "Leave the organisation" }));
  expect(await screen.findByText("You have left “Northwind Support”.")).toBeDefined();
  const sent = () => stub.requests.map(({ method, path }) => `${method} ${path}`);
  await waitFor(() => expect(sent().slice(sent().indexOf("DELETE /api/v1/membership"))).toContain("GET /api/v1/session"));
  expect(sent().includes("GET /api/v1/members")).toBe(role !== "billing");
});
