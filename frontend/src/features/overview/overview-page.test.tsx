import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { OverviewPage } from "@/features/overview/overview-page.tsx";
import type { FinishedJob, WaitingItem } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

const failed: WaitingItem = {
  kind: "job_failed",
  id: fixtures.failedJob.id,
  name: "Much too fast",
  message: "The training went out of control. Choose a smaller learning rate.",
  at: fixtures.minutesAfter(1),
  opens: fixtures.failedJob.id,
  fault: "user",
  more: 0,
};
const finding: WaitingItem = {
  kind: "finding",
  id: fixtures.uuid(70),
  name: "Mails",
  message: "Rows for test that also stand in training: 3.",
  at: fixtures.minutesAfter(2),
  opens: fixtures.dataset.id,
  fault: null,
  more: 2,
};

const newest = { id: fixtures.dataset.id, name: "Mails", state: "ready", version_id: fixtures.version.id, doctor_state: "done", num_findings: 3 } as const;

it("counts what exceeds five of a kind, with the way to it", async () => {
  const stub = useStubServer();
  stub.home = { ...stub.home, waiting: [failed], waiting_left: [{ kind: "dataset_mapping", count: 1 }] };
  renderApp(<OverviewPage />);
  const link = await screen.findByRole("link", { name: "1 more dataset waits for you" });
  expect(link.getAttribute("href")).toBe("/datasets");
});

it("leads from a quota that comes to its end to what is used of it", async () => {
  const stub = useStubServer();
  stub.home.waiting = [{ ...failed, kind: "quota", name: "Training hours of this month", message: "85 of 100 are used.", opens: null, fault: null }];
  renderApp(<OverviewPage />);
  const list = within(await screen.findByRole("list", { name: "Needs a decision" }));
  expect(list.getByText("Quota")).toBeDefined();
  expect(list.getByText("85 of 100 are used.")).toBeDefined();
  expect(list.getByRole("link", { name: "See the usage" }).getAttribute("href")).toBe("/settings/usage");
});

it("says what waits with its next step, and puts it aside until that is taken back", async () => {
  const stub = useStubServer();
  stub.home.waiting = [failed, finding];
  renderApp(<OverviewPage />);
  const list = await screen.findByRole("list", { name: "Needs a decision" });
  expect(within(list).getByRole("link", { name: "Change and retry" }).getAttribute("href")).toBe(`/jobs/new?from=${failed.id}`);
  expect(within(list).getByRole("link", { name: "See the findings" }).getAttribute("href")).toBe(`/datasets/${fixtures.dataset.id}?tab=doctor`);
  expect(within(list).getByText(/There are 2 more serious findings/)).toBeDefined();
  await userEvent.click(within(list).getByRole("button", { name: "Dismiss: Mails" }));
  const undo = await screen.findByRole("button", { name: "Undo" });
  expect(document.activeElement).toBe(undo);
  expect(screen.queryByRole("link", { name: "Mails" })).toBeNull();
  stub.home.waiting = [failed, finding];
  await userEvent.click(undo);
  expect(await screen.findByRole("link", { name: "Mails" })).toBeDefined();
  const sent = stub.requests.filter(({ path }) => path.startsWith("/api/v1/home/dismissals"));
  expect(sent.map(({ method, path, body }) => [method, path, body])).toEqual([
    ["POST", "/api/v1/home/dismissals", { kind: "finding", id: finding.id }],
    ["DELETE", `/api/v1/home/dismissals/${finding.id}`, null],
  ]);
});

it("lets a viewer look at a failed job instead of retrying it", async () => {
  const stub = useStubServer();
  stub.home.waiting = [failed];
  renderApp(<OverviewPage />, { role: "viewer" });
  expect((await screen.findByRole("link", { name: "See what happened" })).getAttribute("href")).toBe(`/jobs/${failed.id}`);
  expect(screen.queryByRole("link", { name: "New job" })).toBeNull();
});

it("marks what is new and says the verdict in a sentence", async () => {
  const stub = useStubServer();
  const job = fixtures.asListItem(fixtures.finishedJob);
  stub.home.finished = [
    { ...job, id: fixtures.uuid(80), name: "Fresh", is_new: true },
    { ...job, is_new: false },
  ] satisfies FinishedJob[];
  renderApp(<OverviewPage />);
  const [fresh, old] = within(await screen.findByRole("list", { name: "Finished" })).getAllByRole("listitem");
  expect(fresh?.textContent).toMatch(/^NewFresh.*is .*% on rows that it had not seen, better than the best alternative\./);
  expect(old?.textContent).not.toContain("New");
  await waitFor(() => expect(stub.requests.some(({ path }) => path === "/api/v1/home/visit")).toBe(true));
});

it("leads a newcomer from the sample to the job, and ticks off what is done", async () => {
  const stub = useStubServer();
  stub.home.first_steps = { dataset: null, has_job: false };
  stub.on("POST", "/api/v1/datasets/sample", () => {
    stub.home.first_steps = { dataset: { ...newest, state: "inspecting", version_id: null, doctor_state: null, num_findings: 0 }, has_job: false };
    return { status: 201, body: fixtures.dataset };
  });
  const { client } = renderApp(<OverviewPage />);
  await userEvent.dblClick(await screen.findByRole("button", { name: "Use sample data" }));
  expect(await screen.findByText("The rows are being read …")).toBeDefined();
  const keys = stub.requests.filter(({ path }) => path === "/api/v1/datasets/sample").map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(1);
  stub.home.first_steps = { dataset: newest, has_job: false };
  await client.invalidateQueries({ queryKey: ["home"] });
  expect((await screen.findByRole("link", { name: "Set up the job" })).getAttribute("href")).toBe(
    `/jobs/new?dataset=${fixtures.dataset.id}&version=${fixtures.version.id}`,
  );
  expect(screen.getByText("3 findings to look at.")).toBeDefined();
  expect(screen.getAllByText("Done")).toHaveLength(2);
});

it("gives a viewer no steps to take", async () => {
  const stub = useStubServer();
  stub.home.first_steps = { dataset: null, has_job: false };
  renderApp(<OverviewPage />, { role: "viewer" });
  const steps = await screen.findByRole("list", { name: "First steps" });
  expect(within(steps).queryByRole("button")).toBeNull();
});

it("says when it cannot be loaded, and tries again", async () => {
  const stub = useStubServer();
  let isBroken = true;
  stub.on("GET", "/api/v1/home", () => (isBroken ? problem(503, "platform.busy", "Try again in a moment.") : { status: 200, body: stub.home }));
  stub.home.waiting = [failed];
  renderApp(<OverviewPage />);
  const retry = await screen.findByRole("button", { name: "Try again" });
  isBroken = false;
  await userEvent.click(retry);
  expect(await screen.findByText("Much too fast")).toBeDefined();
});

// What is said stays for a while, so this goes last.
it("fetches a file again whose import failed, from where that is said", async () => {
  const stub = useStubServer();
  const item: WaitingItem = { ...finding, kind: "upload_failed", name: "data.csv", message: "files.example.com answers 404.", opens: null, more: 0 };
  stub.home.waiting = [item];
  stub.on("POST", "/api/v1/uploads/{id}/retry", () => {
    stub.home.waiting = [];
    return { status: 200, body: {} };
  });
  renderApp(<OverviewPage />);
  await userEvent.dblClick(await screen.findByRole("button", { name: "Try again to fetch data.csv" }));
  expect(await screen.findByText("“data.csv” is being fetched again.")).toBeDefined();
  expect(stub.requests.filter(({ path }) => path === `/api/v1/uploads/${item.id}/retry`)).toHaveLength(1);
  await waitFor(() => expect(screen.queryByRole("button", { name: "Try again to fetch data.csv" })).toBeNull());
});
