import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";

import { JobsPage } from "@/features/jobs/jobs-page.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

let stub: StubApi;
beforeEach(() => {
  stub = useStubServer();
});

const show = (role: "owner" | "viewer" = "owner") => renderApp(<JobsPage />, { path: "/jobs", at: "/jobs", role });
const box = (name: string) => screen.findByRole<HTMLInputElement>("checkbox", { name: `Choose ${name}` });
const numChosen = () => screen.getAllByRole<HTMLInputElement>("checkbox").filter(({ checked }) => checked).length;
const names = () => stub.jobs.map(({ name }) => name);

it("chooses a range with the shift key, and everything with the box at the top", async () => {
  show();
  const user = userEvent.setup();
  await user.click(await box(names()[0] ?? ""));
  await user.keyboard("{Shift>}");
  await user.click(await box(names()[3] ?? ""));
  await user.keyboard("{/Shift}");
  expect(numChosen()).toBe(4);
  expect(screen.getByRole("status").textContent).toBe("4 jobs chosen");
  await user.click(screen.getByRole("checkbox", { name: "Choose all jobs shown" }));
  expect(numChosen()).toBe(stub.jobs.length + 1);
  await user.click(screen.getByRole("button", { name: "Choose none" }));
  expect(screen.queryByRole("region", { name: "Chosen jobs" })).toBeNull();
});

it("chooses by the keyboard alone", async () => {
  show();
  const user = userEvent.setup();
  (await box(names()[0] ?? "")).focus();
  await user.keyboard(" {ArrowDown}{Shift>}{ArrowDown}{/Shift}");
  expect(document.activeElement).toBe(await box(names()[2] ?? ""));
  expect(numChosen()).toBe(1);
  await user.keyboard(" {Shift>}{ArrowDown}{ArrowDown}{/Shift}");
  expect(numChosen()).toBe(4);
});

it("offers to compare two to thirty-two jobs", async () => {
  show("viewer");
  await userEvent.click(await box(fixtures.finishedJob.name));
  expect(screen.getByText("Choose 2 to 32 jobs to compare them.")).toBeDefined();
  await userEvent.click(await box(fixtures.runningJob.name));
  const address = screen.getByRole("link", { name: "Compare (2)" }).getAttribute("href");
  expect(address).toBe(`/compare?jobs=${fixtures.runningJob.id},${fixtures.finishedJob.id}`);
  expect(screen.queryByRole("button", { name: /Cancel/ }), "a viewer cancels nothing").toBeNull();
});

it("asks before it cancels, leaves out what has ended, and says which could not be cancelled", async () => {
  stub.on("POST", `/api/v1/jobs/${fixtures.queuedJob.id}/cancel`, () => problem(409, "job.wrong_state", "The job has already finished."));
  show();
  for (const { name } of [fixtures.runningJob, fixtures.queuedJob, fixtures.finishedJob]) await userEvent.click(await box(name));
  await userEvent.click(screen.getByRole("button", { name: "Cancel (2)" }));
  const dialog = await screen.findByRole("dialog", { name: "Cancel these 2 jobs?" });
  expect(within(dialog).queryByText(fixtures.finishedJob.name)).toBeNull();
  expect(stub.requests.some(({ path }) => path.endsWith("/cancel"))).toBe(false);
  await userEvent.click(within(dialog).getByRole("button", { name: "Cancel 2 jobs" }));
  const told = await within(dialog).findByRole("status");
  expect(told.textContent).toContain("1 job was cancelled");
  expect(told.textContent).toContain("1 job could not be cancelled");
  expect(told.textContent).toContain("The job has already finished.");
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

it("is narrowed to a dataset that is far down the list: found by its name, and named when an address says it", async () => {
  const id = fixtures.uuid(3051);
  const data = (number: number, name: string) => ({ ...structuredClone(fixtures.dataset), id: fixtures.uuid(3000 + number), name });
  stub.datasets = [...Array.from({ length: 50 }, (_, index) => data(index, `Newer ${index}`)), data(51, "Letters of 2019")];
  const first = show();
  await userEvent.type(await screen.findByRole("combobox", { name: "Dataset" }), "LETTERS");
  await userEvent.click(await screen.findByRole("option", { name: "Letters of 2019" }));
  await waitFor(() => expect(first.router.state.location.search).toBe(`?dataset_id=${id}`));
  first.unmount();
  renderApp(<JobsPage />, { path: "/jobs", at: `/jobs?dataset_id=${id}` });
  const field = await screen.findByRole<HTMLInputElement>("combobox", { name: "Dataset" });
  await waitFor(() => expect(field.value).toBe("Letters of 2019"));
});
