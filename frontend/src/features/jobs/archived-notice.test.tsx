import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { ArchivedNotice } from "@/features/jobs/archived-notice.tsx";
import { JobActions } from "@/features/jobs/job-actions.tsx";
import { useHopedArchived, useHopedJobName, useJob } from "@/features/jobs/job-queries.ts";
import * as fixtures from "@/testing/fixtures.ts";
import type { Job } from "@/lib/api-types.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

const ID = fixtures.finishedJob.id;

/** As on the job's page: there while the job is put away. */
function Shown() {
  const { data } = useJob(ID, true);
  return data && <OnPage job={data} />;
}

function OnPage({ job }: { job: Job }) {
  const at = useHopedArchived(job);
  return (
    <>
      <h1>{useHopedJobName(job)}</h1>
      <JobActions job={job} />
      {at === null ? <p>in lists</p> : <ArchivedNotice job={job} at={at} />}
    </>
  );
}

const chooseAction = async (name: string) => {
  await userEvent.click(await screen.findByRole("button", { name: "Job actions" }));
  await userEvent.click(await screen.findByRole("menuitem", { name }));
};

function useArchived(): void {
  const job = useStubServer().jobs.find(({ id }) => id === ID);
  Object.assign(job ?? {}, { archived_at: fixtures.minutesAfter(20) });
}

it("says that lists leave the job out, and brings it back", async () => {
  useArchived();
  renderApp(<Shown />);
  expect(await screen.findByText(/lists leave it out/)).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Bring back" }));
  await waitFor(() => expect(screen.getByText("in lists")).toBeDefined());
});

it("offers a viewer no way back", async () => {
  useArchived();
  renderApp(<Shown />, { role: "viewer" });
  expect(await screen.findByText(/lists leave it out/)).toBeDefined();
  expect(screen.queryByRole("button", { name: "Bring back" })).toBeNull();
});

it("is put away at once, and back with undo", async () => {
  const stub = useStubServer();
  const isAway = () => stub.jobs.find(({ id }) => id === ID)?.archived_at !== null;
  renderApp(<Shown />);
  await screen.findByText("in lists");
  const answer = stub.hold("POST");
  await chooseAction("Put away");
  expect(await screen.findByText(/lists leave it out/)).toBeDefined();
  expect(isAway()).toBe(false);
  answer();
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(screen.getByText("in lists")).toBeDefined());
  expect(isAway()).toBe(false);
});

it("is back in lists where putting it away is refused, and says why", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/jobs/{id}/archive", () => problem(503, "platform.busy", "Try again in a moment."));
  renderApp(<Shown />);
  await screen.findByText("in lists");
  const answer = stub.hold("POST");
  await chooseAction("Put away");
  expect(await screen.findByText(/lists leave it out/)).toBeDefined();
  answer();
  expect(await screen.findByText("Try again in a moment.")).toBeDefined();
  expect(screen.getByText("in lists")).toBeDefined();
});

it("has its new name at once, and its old one and what was typed where that is refused", async () => {
  const stub = useStubServer();
  const { name } = fixtures.finishedJob;
  stub.on("PATCH", "/api/v1/jobs/{id}", () => problem(503, "platform.busy", "Try again in a moment."));
  renderApp(<Shown />);
  await screen.findByRole("heading", { name });
  await chooseAction("Rename");
  const typed = await screen.findByLabelText<HTMLInputElement>("Name");
  await userEvent.clear(typed);
  await userEvent.type(typed, "Another");
  const answer = stub.hold("PATCH");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByRole("heading", { name: "Another" })).toBeDefined();
  expect(screen.queryByRole("dialog")).toBeNull();
  answer();
  expect(await screen.findByText("Renaming to “Another”: Try again in a moment.")).toBeDefined();
  expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Another");
  expect(screen.getByRole("heading", { name, hidden: true })).toBeDefined();
});
