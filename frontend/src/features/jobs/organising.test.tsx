import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";

import { JobNotes } from "@/features/jobs/job-notes.tsx";
import { JobTags } from "@/features/jobs/job-tags.tsx";
import { JobsPage } from "@/features/jobs/jobs-page.tsx";
import { useJob } from "@/features/jobs/job-queries.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

const ID = fixtures.finishedJob.id;

/** The two parts of the job page under test, on the job as the server has it. */
function Described({ canWrite }: { canWrite: boolean }) {
  const { data } = useJob(ID, true);
  return (
    data && (
      <>
        <JobTags job={data} canWrite={canWrite} />
        <JobNotes job={data} canWrite={canWrite} />
      </>
    )
  );
}

function saved(stub: StubApi) {
  return stub.jobs.find((job) => job.id === ID);
}

function field(): HTMLTextAreaElement {
  return screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Notes" });
}

beforeEach(() => localStorage.clear());

it("keeps what is typed while the line is down and the page is closed, and forgets it once it is saved", async () => {
  const stub = useStubServer();
  const first = renderApp(<Described canWrite />);
  await userEvent.click(await screen.findByRole("button", { name: "Write notes" }));
  expect(document.activeElement).toBe(field());
  await userEvent.type(field(), "Too fast");
  const online = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  act(() => void window.dispatchEvent(new Event("offline")));
  expect(screen.getByText(/You are offline. What you write is kept/)).toBeDefined();
  expect(screen.getByRole("button", { name: "Save" }).hasAttribute("disabled")).toBe(true);
  online.mockRestore();
  act(() => void window.dispatchEvent(new Event("online")));
  first.unmount();
  const second = renderApp(<Described canWrite />);
  expect((await screen.findByRole<HTMLTextAreaElement>("textbox", { name: "Notes" })).value).toBe("Too fast");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByRole("button", { name: "Edit notes" })).toBeDefined();
  expect(saved(stub)?.notes).toBe("Too fast");
  second.unmount();
  renderApp(<Described canWrite />);
  expect(await screen.findByText("Too fast")).toBeDefined();
  expect(screen.queryByRole("textbox", { name: "Notes" })).toBeNull();
});

it("keeps the text when saving fails, and says when somebody else has changed it", async () => {
  const stub = useStubServer();
  stub.on("PATCH", "/api/v1/jobs/{id}", () => problem(503, "platform.busy", "Try again in a moment."));
  const { client } = renderApp(<Described canWrite />);
  await userEvent.click(await screen.findByRole("button", { name: "Write notes" }));
  await userEvent.type(field(), "Mine");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText(`Notes of “${fixtures.finishedJob.name}”: Try again in a moment.`)).toBeDefined();
  expect(field().value).toBe("Mine");
  Object.assign(saved(stub) ?? {}, { notes: "Theirs" });
  await client.invalidateQueries();
  expect(await screen.findByText("Theirs")).toBeDefined();
  expect(screen.getByText("Somebody changed these notes meanwhile")).toBeDefined();
});

it("adds and removes tags, with those in use to choose from", async () => {
  const stub = useStubServer();
  Object.assign(stub.jobs[0] ?? {}, { tags: ["winter"] });
  renderApp(<Described canWrite />);
  await userEvent.type(await screen.findByRole("combobox", { name: "Add a tag" }), "baseline{Enter}");
  await waitFor(() => expect(saved(stub)?.tags).toEqual(["baseline"]));
  await userEvent.type(screen.getByRole("combobox", { name: "Add a tag" }), "win");
  await userEvent.click(await screen.findByRole("option", { name: "winter" }));
  await waitFor(() => expect(saved(stub)?.tags).toEqual(["baseline", "winter"]));
  await userEvent.click(await screen.findByRole("button", { name: "Remove the tag baseline" }));
  await waitFor(() => expect(saved(stub)?.tags).toEqual(["winter"]));
});

it("shows notes at once, and puts back what they were", async () => {
  const stub = useStubServer();
  Object.assign(saved(stub) ?? {}, { notes: "As planned" });
  renderApp(<Described canWrite />);
  await userEvent.click(await screen.findByRole("button", { name: "Edit notes" }));
  await userEvent.clear(field());
  await userEvent.type(field(), "Otherwise");
  const answer = stub.hold("PATCH");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Otherwise")).toBeDefined();
  expect(screen.queryByRole("textbox", { name: "Notes" })).toBeNull();
  expect(saved(stub)?.notes).toBe("As planned");
  answer();
  expect(await screen.findByText("The notes were saved.")).toBeDefined();
  await undo();
  await waitFor(() => expect(saved(stub)?.notes).toBe("As planned"));
});

it("shows tags at once, and what the server said where it refuses", async () => {
  const stub = useStubServer();
  Object.assign(saved(stub) ?? {}, { tags: ["winter"] });
  renderApp(<Described canWrite />);
  let answer = stub.hold("PATCH");
  const shown = () => within(screen.getByRole("list", { name: "Tags" })).getAllByRole("link").map(({ textContent }) => textContent);
  const box = await screen.findByRole<HTMLInputElement>("combobox", { name: "Add a tag" });
  await userEvent.type(box, "baseline{Enter}");
  await userEvent.type(box, "second{Enter}");
  expect(shown()).toEqual(["winter", "baseline", "second"]);
  expect([box.value, saved(stub)?.tags]).toEqual(["", ["winter"]]);
  answer();
  await waitFor(() => expect(saved(stub)?.tags).toEqual(["winter", "baseline", "second"]));

  answer = stub.hold("PATCH");
  stub.on("PATCH", "/api/v1/jobs/{id}", () => problem(503, "platform.busy", "Try again in a moment."));
  await userEvent.type(box, "third{Enter}");
  expect(shown()).toContain("third");
  answer();
  expect(await screen.findByText(/Try again in a moment/)).toBeDefined();
  await waitFor(() => expect(shown()).toEqual(["winter", "baseline", "second"]));
  expect(box.value).toBe("third");
});

it("shows a viewer notes and tags without a way to change them", async () => {
  const stub = useStubServer();
  Object.assign(saved(stub) ?? {}, { tags: ["winter"], notes: "As planned" });
  renderApp(<Described canWrite={false} />);
  expect(await screen.findByText("As planned")).toBeDefined();
  expect(screen.getByRole("link", { name: "winter" }).getAttribute("href")).toBe("/jobs?tag=winter");
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.queryByRole("combobox", { name: "Add a tag" })).toBeNull();
});

it("asks the server for what the address says", async () => {
  const stub = useStubServer();
  renderApp(<JobsPage />, { path: "/jobs", at: "/jobs?tag=winter&sort=result&state=failed,cancelled" });
  expect(await screen.findByRole("radio", { name: "Stopped", checked: true })).toBeDefined();
  const asked = stub.requests.find(({ path }) => path === "/api/v1/jobs")?.query;
  expect(Object.fromEntries(asked ?? [])).toEqual({ tag: "winter", sort: "result", state: "failed,cancelled" });
});

it("puts what is chosen into the address, and takes it out again", async () => {
  useStubServer();
  const { router } = renderApp(<JobsPage />, { path: "/jobs", at: "/jobs?sort=result" });
  await userEvent.type(await screen.findByLabelText("Search names and notes"), "fast");
  await waitFor(() => expect(router.state.location.search).toContain("q=fast"));
  await userEvent.click(await screen.findByRole("button", { name: "Clear filters" }));
  await waitFor(() => expect(router.state.location.search).toBe("?sort=result"));
  expect(screen.getByLabelText<HTMLInputElement>("Search names and notes").value).toBe("");
});

it("keeps a choice under a name", async () => {
  const stub = useStubServer();
  renderApp(<JobsPage />, { path: "/jobs", at: "/jobs?q=intents" });
  await userEvent.click(await screen.findByRole("button", { name: "Saved views" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Save this view" }));
  await userEvent.type(await screen.findByLabelText("Name"), "Intents");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByRole("button", { name: "Intents" })).toBeDefined();
  expect(stub.views.map(({ name, filters }) => [name, filters])).toEqual([["Intents", { q: "intents" }]]);
});

it("opens a kept choice, and forgets it when told to", async () => {
  const stub = useStubServer();
  stub.views = [{ id: fixtures.uuid(90), name: "Intents", filters: { q: "intents" }, created_at: fixtures.minutesAfter(0) }];
  const { router } = renderApp(<JobsPage />, { path: "/jobs", at: "/jobs" });
  await userEvent.click(await screen.findByRole("button", { name: "Saved views" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Intents" }));
  await waitFor(() => expect(router.state.location.search).toBe("?q=intents"));
  await userEvent.click(await screen.findByRole("button", { name: "Intents" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Delete “Intents”" }));
  await userEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(stub.views).toEqual([]));
});

async function undo() {
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
}

it("brings back a kept choice that was deleted", async () => {
  const stub = useStubServer();
  stub.views = [{ id: fixtures.uuid(90), name: "Intents", filters: { q: "intents" }, created_at: fixtures.minutesAfter(0) }];
  renderApp(<JobsPage />, { path: "/jobs", at: "/jobs?q=intents" });
  await userEvent.click(await screen.findByRole("button", { name: "Intents" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Delete “Intents”" }));
  await userEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(stub.views).toEqual([]));
  await undo();
  await waitFor(() => expect(stub.views.map(({ name, filters }) => [name, filters])).toEqual([["Intents", { q: "intents" }]]));
});

it("puts a tag back beside those that came meanwhile", async () => {
  const stub = useStubServer();
  Object.assign(saved(stub) ?? {}, { tags: ["winter"] });
  renderApp(<Described canWrite />);
  await userEvent.click(await screen.findByRole("button", { name: "Remove the tag winter" }));
  await screen.findByText("The tag “winter” was removed.");
  await userEvent.type(await screen.findByRole("combobox", { name: "Add a tag" }), "spring{Enter}");
  await waitFor(() => expect(saved(stub)?.tags).toEqual(["spring"]));
  await undo();
  await waitFor(() => expect(saved(stub)?.tags).toEqual(["spring", "winter"]));
});

it("puts notes back that were cleared", async () => {
  const stub = useStubServer();
  Object.assign(saved(stub) ?? {}, { notes: "As planned" });
  renderApp(<Described canWrite />);
  await userEvent.click(await screen.findByRole("button", { name: "Edit notes" }));
  await userEvent.clear(field());
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(saved(stub)?.notes).toBe(""));
  await undo();
  await waitFor(() => expect(saved(stub)?.notes).toBe("As planned"));
});

it("does not write over notes that somebody else changed out of sight", async () => {
  const stub = useStubServer();
  renderApp(<Described canWrite />);
  await userEvent.click(await screen.findByRole("button", { name: "Write notes" }));
  await userEvent.type(field(), "Mine");
  Object.assign(saved(stub) ?? {}, { notes: "Theirs" });
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Theirs")).toBeDefined();
  expect(saved(stub)?.notes).toBe("Theirs");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(saved(stub)?.notes).toBe("Mine"));
});
