import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";

import { JobsPage } from "@/features/jobs/jobs-page.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import type { StubApi } from "@/testing/stub-api.ts";

let stub: StubApi;
beforeEach(() => {
  stub = useStubServer();
});

const { finishedJob, failedJob, runningJob } = fixtures;
const show = (search: string) => renderApp(<JobsPage />, { path: "/jobs", at: `/jobs${search}` });
const head = (name: string) => screen.findByRole("button", { name, expanded: false });

it("tells of every group how many it has and the best of one metric, and opens with Enter", async () => {
  const loras = stub.jobs.filter(({ spec }) => spec.method.type === "lora");
  show("?group=method");
  const group = await screen.findByRole("region", { name: "LoRA" });
  expect(group.textContent).toContain(`${String(loras.length)} job`);
  expect(screen.queryByRole("table")).toBeNull();
  (await head("LoRA")).focus();
  await userEvent.keyboard("{Enter}");
  const table = await within(group).findByRole("table");
  expect(within(table).getAllByRole("checkbox")).toHaveLength(loras.length + 1);
  expect(within(group).getByRole("link", { name: "Show as a list" }).getAttribute("href")).toBe("/jobs?method=lora");
  await userEvent.keyboard("{Enter}");
  await waitFor(() => expect(screen.queryByRole("table")).toBeNull());
});

it("asks for the groups of the jobs that are left, and puts the grouping into the address", async () => {
  const { router } = show("?tag=winter&sort=result");
  await userEvent.click(await screen.findByRole("combobox", { name: "Group by" }));
  await userEvent.click(await screen.findByRole("option", { name: "By dataset" }));
  await waitFor(() => expect(router.state.location.search).toBe("?tag=winter&sort=result&group=dataset"));
  await waitFor(() => expect(stub.requests.some(({ path }) => path === "/api/v1/jobs/groups")).toBe(true));
  const asked = stub.requests.find(({ path }) => path === "/api/v1/jobs/groups")?.query;
  expect(Object.fromEntries(asked ?? [])).toEqual({ by: "dataset", tag: "winter" });
});

it("chooses across groups, and everything of one group with its box at the top", async () => {
  for (const [job, tags] of [[finishedJob, ["a", "b"]], [failedJob, ["b"]], [runningJob, ["c"]]] as const) {
    Object.assign(stub.jobs.find(({ id }) => id === job.id) ?? {}, { tags });
  }
  show("?group=tag");
  for (const name of ["a", "b", "c"]) await userEvent.click(await head(name));
  const group = (name: string) => screen.getByRole("region", { name });
  await userEvent.click(await within(group("b")).findByRole("checkbox", { name: "Choose all jobs shown" }));
  await userEvent.click(await within(group("c")).findByRole("checkbox", { name: `Choose ${runningJob.name}` }));
  const bar = screen.getByRole("region", { name: "Chosen jobs" });
  expect(within(bar).getByRole("status").textContent).toBe("3 jobs chosen");
  const inA = within(group("a")).getByRole<HTMLInputElement>("checkbox", { name: `Choose ${finishedJob.name}` });
  expect(inA.checked, "a job with two tags is the same job in both").toBe(true);
  await userEvent.click(within(group("b")).getByRole("checkbox", { name: "Choose all jobs shown" }));
  expect(within(bar).getByRole("status").textContent).toBe("1 job chosen");
});

it("shows jobs without a tag as a group, and what a group has led to can be taken away", async () => {
  show("?group=tag&method=lora&untagged=true");
  expect(await head("Without a tag")).toBeDefined();
  expect(screen.getByRole<HTMLInputElement>("combobox", { name: "Method" }).value).toBe("LoRA");
  expect(screen.getByRole<HTMLInputElement>("combobox", { name: "Tag" }).value).toBe("Without a tag");
  await userEvent.click(screen.getByRole("button", { name: "Clear filters" }));
  await waitFor(() => expect(screen.queryByRole("combobox", { name: "Method" })).toBeNull());
});
