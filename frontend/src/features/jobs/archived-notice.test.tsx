import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { ArchivedNotice } from "@/features/jobs/archived-notice.tsx";
import { useJob } from "@/features/jobs/job-queries.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

const ID = fixtures.finishedJob.id;

/** As on the job's page: there while the job is put away. */
function Shown() {
  const { data } = useJob(ID, true);
  if (data === undefined) return null;
  return data.archived_at === null ? <p>in lists</p> : <ArchivedNotice job={data} at={data.archived_at} />;
}

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
  expect(screen.queryByRole("button")).toBeNull();
});
