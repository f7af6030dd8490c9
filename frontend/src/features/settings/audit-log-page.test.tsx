import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { AuditLogPage } from "@/features/settings/audit-log-page.tsx";
import { auditQuery, NO_FILTER } from "@/features/settings/audit-queries.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { auditActions, auditEntry as entry } from "@/testing/settings-fixtures.ts";

function useAuditServer() {
  const stub = useStubServer();
  stub.on("GET", "/api/v1/audit-log/actions", () => ({
    status: 200,
    body: { data: auditActions, next_cursor: null },
  }));
  stub.on("GET", "/api/v1/audit-log", ({ query }) => ({
    status: 200,
    body:
      query.get("action") === "model.deleted"
        ? { data: [], next_cursor: null }
        : query.get("cursor") === null
          ? { data: [entry], next_cursor: entry.id }
          : { data: [{ ...entry, id: fixtures.uuid(899), person: null, api_key: null, action: "model.deleted", words: "Deleted a model", target_name: "Old", target_page: null }], next_cursor: null },
  }));
  return stub;
}

it("tells who did what to which thing, and leads to it while it is there", async () => {
  useAuditServer();
  renderApp(<AuditLogPage />);
  const row = within(await screen.findByRole("row", { name: /Launched a job/ }));
  expect(row.getByText("mei@example.com")).toBeDefined();
  expect(row.getByText("with the API key nightly")).toBeDefined();
  expect(row.getByRole("link", { name: "Intents" }).getAttribute("href")).toBe(`/jobs/${entry.target}`);
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  const older = within(await screen.findByRole("row", { name: /Deleted a model/ }));
  expect(older.getByText("Somebody whose account is gone")).toBeDefined();
  expect(older.queryByRole("link")).toBeNull();
  expect(screen.getByRole("navigation", { name: "Breadcrumbs" }).textContent).toContain("Settings");
});

it("says who acts without an account: whoever runs the installation", async () => {
  const stub = useAuditServer();
  const granted = { ...entry, person: null, api_key: null, action: "quota.changed", words: "Changed a quota of the organisation" };
  stub.on("GET", "/api/v1/audit-log", () => ({ status: 200, body: { data: [granted], next_cursor: null } }));
  renderApp(<AuditLogPage />);
  expect(await screen.findByText("Whoever runs this installation")).toBeDefined();
});

it("is filtered by what was done, and says when nothing fits", async () => {
  const stub = useAuditServer();
  renderApp(<AuditLogPage />);
  await screen.findByRole("row", { name: /Launched a job/ });
  await userEvent.click(screen.getByRole("combobox", { name: "What" }));
  await userEvent.click(await screen.findByRole("option", { name: "Deleted a model" }));
  expect(await screen.findByText("Nothing matches these filters")).toBeDefined();
  expect(stub.requests.at(-1)?.query.get("action")).toBe("model.deleted");
  await userEvent.click(screen.getByRole("button", { name: "Clear the filters" }));
  expect(await screen.findByRole("row", { name: /Launched a job/ })).toBeDefined();
});

it("asks nothing for those who may not read it", async () => {
  const stub = useAuditServer();
  renderApp(<AuditLogPage />, { role: "member" });
  expect(await screen.findByText("Only owners and admins may read the audit log")).toBeDefined();
  expect(stub.requests).toEqual([]);
});

it("takes both days whole, in the time zone of the browser", () => {
  const { since, until } = auditQuery({ ...NO_FILTER, from: "2026-03-01", to: "2026-03-01" });
  expect(since).toBe(new Date(2026, 2, 1).toISOString());
  expect(until).toBe(new Date(2026, 2, 2).toISOString());
  expect(auditQuery({ ...NO_FILTER, from: "2026-3" })).toEqual({});
});
