import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { beforeEach, describe, expect, it } from "vitest";

import { Shell } from "@/app/shell.tsx";
import { ComparePage } from "@/features/compare/compare-page.tsx";
import { DatasetPage } from "@/features/datasets/dataset-page.tsx";
import { JobActions } from "@/features/jobs/job-actions.tsx";
import { JobsPage } from "@/features/jobs/jobs-page.tsx";
import { ModelPage } from "@/features/models/model-page.tsx";
import { AuditLogPage } from "@/features/settings/audit-log-page.tsx";
import { SettingsPage } from "@/features/settings/settings-page.tsx";
import type { Role } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import type { StubApi } from "@/testing/stub-api.ts";

let stub: StubApi;
beforeEach(() => {
  sessionStorage.clear();
  stub = useStubServer();
});

interface Place {
  path?: string;
  at?: string;
  role?: Role;
}

const show = (page: ReactNode, { path = "/", at = path, role = "owner" }: Place = {}) => renderApp(<Shell>{page}</Shell>, { path, at, role });

const openPalette = async () => {
  await userEvent.keyboard("{Control>}k{/Control}");
  return screen.findByRole("combobox", { name: "Search and commands" });
};

/** What the palette says can be done here, once the page has loaded so far that `awaited` is among it. */
async function offered(awaited: string): Promise<string[]> {
  await openPalette();
  const group = await screen.findByRole("group", { name: "On this page" });
  await within(group).findByRole("option", { name: awaited });
  return within(group)
    .getAllByRole("option")
    .map((option) => option.textContent);
}

const choose = async (name: string) => userEvent.click(await screen.findByRole("option", { name }));

const atDataset = { path: "/datasets/:datasetId", at: `/datasets/${fixtures.dataset.id}` };

describe("the palette on a page", () => {
  it("begins with what can be done there", async () => {
    show(<DatasetPage />, atDataset);
    await screen.findByRole("heading", { name: fixtures.dataset.name });
    expect(await offered("Rename dataset")).toEqual(expect.arrayContaining(["Rename dataset", "Delete the dataset", "Labelling", "Open “Doctor”", "This page as code"]));
    expect(within(screen.getByRole("listbox", { name: "Results" })).getAllByRole("group")[0]?.getAttribute("aria-labelledby")).toMatch(/-here$/);
  });

  it("asks before a deletion as the button does, and deletes what is confirmed", async () => {
    show(<DatasetPage />, atDataset);
    await screen.findByRole("heading", { name: fixtures.dataset.name });
    await openPalette();
    await choose("Delete the dataset");
    const dialog = await screen.findByRole("dialog", { name: "Delete this dataset?" });
    expect(stub.requests.some(({ method }) => method === "DELETE")).toBe(false);
    await userEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(stub.requests.find(({ method }) => method === "DELETE")?.path).toBe(`/api/v1/datasets/${fixtures.dataset.id}`));
  });

  it("opens another part of the page, and then offers what is done there", async () => {
    show(<DatasetPage />, atDataset);
    await screen.findByRole("heading", { name: fixtures.dataset.name });
    await openPalette();
    await choose("Open “Versions”");
    expect((await screen.findByRole("tab", { name: /Versions/ })).getAttribute("aria-selected")).toBe("true");
    const names = await offered("Export v2 as JSONL");
    expect(names).not.toContain("Open “Versions”");
    // One version is offered for export, whatever the length of the list.
    expect(names.filter((name) => name.includes("as JSONL"))).toHaveLength(1);
  });

  it("offers a reader nothing that writes", async () => {
    show(<DatasetPage />, { ...atDataset, role: "viewer" });
    await screen.findByRole("heading", { name: fixtures.dataset.name });
    const names = await offered("This page as code");
    expect(names.filter((name) => !name.startsWith("Open “"))).toEqual(["This page as code"]);
  });

  it("pauses a job at once, and offers only what its state allows", async () => {
    show(<JobActions job={fixtures.runningJob} />);
    const names = await offered("Pause");
    expect(names).toEqual(["Compare with…", "Duplicate and edit", "Rename job", "Pause", "Cancel job"]);
    await choose("Pause");
    await waitFor(() => expect(stub.requests.map(({ method, path }) => `${method} ${path}`)).toContain(`POST /api/v1/jobs/${fixtures.runningJob.id}/pause`));
  });

  it("forgets what is gone: nothing of a page that was left", async () => {
    const { router } = show(<JobActions job={fixtures.finishedJob} />, { path: "/jobs/x" });
    expect(await offered("Rename job")).not.toContain("Cancel job");
    await choose("Compare with…");
    expect(router.state.location.pathname).toBe("/compare");
    show(<p>elsewhere</p>);
    await openPalette();
    expect(screen.queryByRole("group", { name: "On this page" })).toBeNull();
  });

  it("works on the jobs that are chosen in the list", async () => {
    const { router } = show(<JobsPage />, { path: "/jobs" });
    const boxes = await screen.findAllByRole("checkbox");
    expect(await offered("This page as code")).not.toContain("Compare 2 jobs");
    await userEvent.keyboard("{Escape}");
    await userEvent.click(boxes[1] ?? document.body);
    await userEvent.click(boxes[2] ?? document.body);
    await openPalette();
    await choose("Compare 2 jobs");
    expect(router.state.location.pathname).toBe("/compare");
  });

  it("is found by letters, and is searched with the rest", async () => {
    show(<ModelPage />, { path: "/models/:modelId", at: `/models/${fixtures.model.id}` });
    await screen.findByRole("heading", { name: fixtures.model.name });
    const field = await openPalette();
    await userEvent.type(field, "rename");
    expect(screen.getByRole("option", { selected: true }).textContent).toBe("Rename model");
    await userEvent.keyboard("{Enter}");
    expect(await screen.findByRole("dialog", { name: "Rename model" })).toBeDefined();
  });

  it.each([
    ["a comparison", <ComparePage key="x" />, "/compare", `/compare?jobs=${fixtures.uuid(30)},${fixtures.uuid(31)}`, ["Share"]],
    ["the settings", <SettingsPage key="x" />, "/settings", "/settings", ["Invite somebody", "Create an API key", "This page as code"]],
    ["the audit log", <AuditLogPage key="x" />, "/settings/audit-log", "/settings/audit-log", ["This page as code"]],
  ] as const)("has what can be done on %s", async (_, page, path, at, names) => {
    // What is compared is not looked at here, and curves need a canvas.
    stub.on("GET", "/api/v1/jobs/compare", () => ({ status: 503 }));
    show(page, { path, at });
    expect(await offered(names[0])).toEqual(expect.arrayContaining([...names]));
  });

  it("brings the field of an invitation under the hands", async () => {
    show(<SettingsPage />, { path: "/settings" });
    await offered("Invite somebody");
    await choose("Invite somebody");
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Invite by email")));
  });
});
