import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";

import { DatasetActions } from "@/features/datasets/dataset-actions.tsx";
import { useDataset } from "@/features/datasets/dataset-queries.ts";
import { DeletedDatasetsPage } from "@/features/datasets/deleted-datasets-page.tsx";
import type { Role } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

const { id, name } = fixtures.unmappedDataset;
let stub: StubApi;
beforeEach(() => {
  stub = useStubServer();
});

function Actions() {
  const { data } = useDataset(id);
  return data && <DatasetActions dataset={data} />;
}

const isThere = () => stub.datasets.some((dataset) => dataset.id === id);

async function deleteIt() {
  await userEvent.click(await screen.findByRole("button", { name: "Dataset actions" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Delete" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog.textContent).toContain("It can be brought back for 7 days.");
  await userEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
}

it("offers to take a deletion back, and says that it was taken back when it was", async () => {
  renderApp(<Actions />);
  await deleteIt();
  expect(await screen.findByText(`“${name}” was deleted.`)).toBeDefined();
  expect(isThere()).toBe(false);
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(await screen.findByText(`“${name}” was restored.`)).toBeDefined();
  expect(screen.queryByText(`“${name}” was deleted.`)).toBeNull();
  expect(isThere()).toBe(true);
});

it("does not claim what did not happen", async () => {
  stub.on("DELETE", "/api/v1/datasets/{id}", () => problem(503, "server.unavailable", "Try again in a moment."));
  renderApp(<Actions />);
  await deleteIt();
  expect(await screen.findByText("Try again in a moment.")).toBeDefined();
  expect(screen.queryByText(`“${name}” was deleted.`)).toBeNull();
});

it("says why it could not be taken back, and keeps the offer", async () => {
  renderApp(<Actions />);
  await deleteIt();
  stub.on("POST", "/api/v1/datasets/{id}/restore", () => problem(503, "server.unavailable", "Try again in a moment."));
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  expect(await screen.findByText("Try again in a moment.")).toBeDefined();
  expect(screen.getByRole("button", { name: "Undo" })).toBeDefined();
  expect(screen.queryByText(`“${name}” was restored.`)).toBeNull();
});

it("puts a name back", async () => {
  renderApp(<Actions />);
  await userEvent.click(await screen.findByRole("button", { name: "Dataset actions" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Rename" }));
  const field = await screen.findByLabelText("Name");
  await userEvent.clear(field);
  await userEvent.type(field, "Another");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Renamed to “Another”.")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(stub.datasets.find((dataset) => dataset.id === id)?.name).toBe(name));
});

const page = (role: Role = "owner") => renderApp(<DeletedDatasetsPage />, { path: "/datasets/deleted", at: "/datasets/deleted", role });

function deleted(...names: string[]) {
  stub.deletedDatasets = names.map((one, index) => ({
    ...structuredClone(fixtures.dataset),
    id: fixtures.uuid(3000 + index),
    name: one,
    deleted_at: fixtures.minutesAfter(0),
    restorable_until: fixtures.minutesAfter(7 * 24 * 60),
  }));
}

it("lists what was deleted, until when it can be brought back, and brings it back", async () => {
  deleted("Old reviews", fixtures.HOSTILE_NAME);
  page();
  const line = await screen.findByRole("row", { name: /Old reviews/ });
  expect(line.textContent).toMatch(/Dec 1, 2026/);
  await userEvent.click(within(line).getByRole("button", { name: "Restore “Old reviews”" }));
  const open = await screen.findByRole("link", { name: "Open “Old reviews”" });
  expect(document.activeElement).toBe(open);
  expect(open.getAttribute("href")).toBe(`/datasets/${fixtures.uuid(3000)}`);
  expect(screen.getByText("“Old reviews” was restored.")).toBeDefined();
  expect(stub.datasets[0]?.name).toBe("Old reviews");
});

it("is searched by name", async () => {
  deleted("Old reviews", "Tickets");
  page();
  await screen.findByText("Tickets");
  await userEvent.type(screen.getByRole("searchbox", { name: "Search names" }), "review");
  await waitFor(() => expect(screen.queryByText("Tickets")).toBeNull());
  expect(screen.getByText("Old reviews")).toBeDefined();
});

it("lets a viewer look", async () => {
  deleted("Old reviews");
  page("viewer");
  expect(await screen.findByText("Old reviews")).toBeDefined();
  expect(screen.queryByRole("button", { name: /Restore/ })).toBeNull();
});

it("says when it is too late, and asks again what is left", async () => {
  deleted("Old reviews");
  stub.on("POST", "/api/v1/datasets/{id}/restore", () => {
    stub.deletedDatasets = [];
    return problem(409, "dataset.gone", "This dataset was deleted more than 7 days ago and cannot be brought back.");
  });
  page();
  await userEvent.click(await screen.findByRole("button", { name: "Restore “Old reviews”" }));
  expect(await screen.findByText(/cannot be brought back/)).toBeDefined();
  expect(await screen.findByText("Nothing to bring back")).toBeDefined();
});

it("says that somebody else was faster, and writes over theirs only when told to", async () => {
  const { client } = renderApp(<Actions />);
  await userEvent.click(await screen.findByRole("button", { name: "Dataset actions" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Rename" }));
  let dialog = await screen.findByRole("dialog");
  const field = within(dialog).getByLabelText("Name");
  await userEvent.clear(field);
  await userEvent.type(field, "Mine");
  const there = stub.datasets.find((dataset) => dataset.id === id);
  Object.assign(there ?? {}, { name: "Theirs" });
  await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(await screen.findByText("It is called “Theirs” by now.")).toBeDefined();
  dialog = screen.getByRole("dialog");
  expect(there?.name).toBe("Theirs");
  expect(within(dialog).getByRole("button", { name: "Keep theirs" })).toBeDefined();
  await userEvent.click(within(dialog).getByRole("button", { name: "Use mine" }));
  await waitFor(() => expect(there?.name).toBe("Mine"));
  Object.assign(there ?? {}, { name: "Theirs again" });
  await client.invalidateQueries();
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  expect(await screen.findByText("Somebody changed this since you read it.")).toBeDefined();
  expect(there?.name).toBe("Theirs again");
});
