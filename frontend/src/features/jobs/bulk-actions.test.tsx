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

const { finishedJob, failedJob, runningJob } = fixtures;
const show = () => renderApp(<JobsPage />, { path: "/jobs", at: "/jobs" });
const box = (name: string) => screen.findByRole<HTMLInputElement>("checkbox", { name: `Choose ${name}` });
const bar = () => screen.getByRole("region", { name: "Chosen jobs" });
const told = () => within(bar()).getByRole("status").textContent;
const row = (id: string) => stub.jobs.find((job) => job.id === id);

async function choose(...jobs: readonly { name: string }[]): Promise<void> {
  for (const { name } of jobs) await userEvent.click(await box(name));
}

async function offered(): Promise<string[]> {
  await userEvent.click(screen.getByRole("button", { name: "More actions" }));
  return (await screen.findAllByRole("menuitem")).filter((item) => !item.hasAttribute("data-disabled")).map((item) => item.textContent);
}

it("says beforehand with how many of the chosen something can be done", async () => {
  show();
  await choose(finishedJob, failedJob, runningJob);
  expect(await offered()).toEqual(["Pause (1 of 3)", "Put away (2 of 3)", "Add a tag…"]);
});

it("puts away what has ended, says so when the jobs have left the list, and brings them back with undo", async () => {
  show();
  await choose(finishedJob, failedJob, runningJob);
  await offered();
  await userEvent.click(screen.getByRole("menuitem", { name: "Put away (2 of 3)" }));
  await waitFor(() => expect(told()).toBe("2 jobs were put away"));
  await waitFor(() => expect(screen.queryByRole("link", { name: finishedJob.name })).toBeNull());
  expect(row(runningJob.id)?.archived_at).toBeNull();
  expect(bar().textContent).toContain("1 job chosen");
  await userEvent.click(within(bar()).getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(told()).toBe("Undone for 2 jobs"));
  expect(await screen.findByRole("link", { name: finishedJob.name })).toBeDefined();
  expect([row(finishedJob.id)?.archived_at, row(failedJob.id)?.archived_at]).toEqual([null, null]);
  expect(within(bar()).queryByRole("button", { name: "Undo" }), "what was undone is not undone again").toBeNull();
});

it("names those that it could not be done with, and why", async () => {
  stub.on("POST", `/api/v1/jobs/${failedJob.id}/archive`, () => problem(409, "job.not_ended", "A job can be put away when it has ended."));
  show();
  await choose(finishedJob, failedJob);
  await offered();
  await userEvent.click(screen.getByRole("menuitem", { name: "Put away (2 of 2)" }));
  await waitFor(() => expect(told()).toBe("1 job was put away; 1 could not be changed"));
  expect(bar().textContent).toContain(`${failedJob.name}: A job can be put away when it has ended.`);
});

it("adds a tag to those that lack it, and takes it away again with undo", async () => {
  Object.assign(row(finishedJob.id) ?? {}, { tags: ["winter"] });
  Object.assign(row(failedJob.id) ?? {}, { tags: ["old"] });
  show();
  await choose(finishedJob, failedJob);
  await offered();
  await userEvent.click(screen.getByRole("menuitem", { name: "Add a tag…" }));
  const dialog = await screen.findByRole("dialog", { name: "Add a tag to 2 jobs" });
  await userEvent.type(within(dialog).getByRole("combobox", { name: "Tag" }), "winter");
  expect(within(dialog).getByRole("status").textContent).toContain("1 of 2 jobs can get this tag");
  await userEvent.click(within(dialog).getByRole("button", { name: "Tag 1 job" }));
  await waitFor(() => expect(told()).toBe("1 job has the tag now"));
  expect(row(failedJob.id)?.tags).toEqual(["old", "winter"]);
  await userEvent.click(within(bar()).getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(row(failedJob.id)?.tags).toEqual(["old"]));
  expect(row(finishedJob.id)?.tags).toEqual(["winter"]);
});

it("chooses the row that has the focus with x, and a range with shift", async () => {
  show();
  const links = async (place: number) => screen.findByRole("link", { name: stub.jobs[place]?.name ?? "" });
  (await links(0)).focus();
  await userEvent.keyboard("x");
  expect(told()).toBe("1 job chosen");
  (await links(2)).focus();
  await userEvent.keyboard("{Shift>}X{/Shift}");
  expect(told()).toBe("3 jobs chosen");
});

it("shows what was put away when asked, with the way back", async () => {
  Object.assign(row(finishedJob.id) ?? {}, { archived_at: fixtures.minutesAfter(20) });
  const { router } = show();
  expect(await screen.findByRole("link", { name: failedJob.name })).toBeDefined();
  expect(screen.queryByRole("link", { name: finishedJob.name })).toBeNull();
  await userEvent.click(screen.getByRole("switch", { name: "Put away" }));
  await waitFor(() => expect(router.state.location.search).toBe("?archived=true"));
  await choose(finishedJob);
  expect(await offered()).toEqual(["Bring back (1 of 1)", "Add a tag…"]);
});

it("has the focus on undo when the pressed button is gone with the jobs", async () => {
  show();
  await choose(finishedJob);
  await offered();
  await userEvent.click(screen.getByRole("menuitem", { name: "Put away (1 of 1)" }));
  await waitFor(() => expect(screen.queryByRole("link", { name: finishedJob.name })).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: "Undo" })));
});
