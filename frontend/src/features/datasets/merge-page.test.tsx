import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { MergePage } from "@/features/datasets/merge-page.tsx";
import type { Dataset } from "@/lib/api-types.ts";
import * as doctor from "@/testing/doctor-fixtures.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

const ID = fixtures.dataset.id;
const CHANGE = fixtures.uuid(881);
const show = () => renderApp(<MergePage />, { path: "/datasets/:datasetId/merge", at: `/datasets/${ID}/merge` });

function withOther(stub: StubApi, mapping = fixtures.version.mapping): Dataset {
  const id = fixtures.uuid(870);
  const latest = {
    ...structuredClone(fixtures.version),
    id: fixtures.uuid(871),
    dataset_id: id,
    number: 1,
    num_rows: { train: 100, validation: 10, test: 5 },
    labels: [{ label: "praise", train: 100, validation: 10, test: 5 }],
    mapping,
  };
  const other = { ...structuredClone(fixtures.dataset), id, name: "Autumn requests", latest_version: latest };
  stub.datasets.push(other);
  return other;
}

async function choose(): Promise<void> {
  await userEvent.click(await screen.findByRole("combobox", { name: "Dataset" }));
  await userEvent.click(await screen.findByRole("option", { name: "Autumn requests" }));
}

const sent = (stub: StubApi) => stub.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/merge"));

it("shows what fits, what is new and how many rows there will be, and merges once", async () => {
  const stub = useStubServer();
  const other = withOther(stub, { text: "body", label: "topic" });
  const change = { ...doctor.waitingChange, id: CHANGE, kind: "merge" as const };
  stub.on("POST", "/api/v1/datasets/{id}/merge", () => ({ status: 202, body: change }));
  stub.on("GET", `/api/v1/datasets/[^/]+/changes/${CHANGE}`, () => ({ status: 200, body: { ...change, state: "applied", version: doctor.versionAfter(fixtures.version) } }));
  const { router } = show();
  expect(await screen.findByText("Choose a dataset first.")).toBeDefined();
  await choose();
  const columns = within(await screen.findByRole("group", { name: "Columns of both versions" }));
  expect(columns.getAllByText("match")).toHaveLength(2);
  expect(columns.getByText("body")).toBeDefined();
  expect(within(screen.getByRole("group", { name: "Rows of both versions" })).getByText("1,759")).toBeDefined();
  expect(screen.getByText(/1 label is new here: praise/)).toBeDefined();
  await userEvent.dblClick(screen.getByRole("button", { name: "Merge and make v3" }));
  await waitFor(() => expect(router.state.location.search).toBe("?tab=versions"));
  expect(sent(stub).map(({ body }) => body)).toEqual([{ version_id: other.latest_version?.id, base_version_id: fixtures.version.id }]);
});

it("does not offer what would lose a column", async () => {
  const stub = useStubServer();
  withOther(stub, { text: "body", label: "topic", context: "page" });
  stub.datasets = stub.datasets.map((one) => ({ ...one, roles: [...one.roles, { role: "context", kind: "text", is_optional: true }] }));
  show();
  await choose();
  expect((await screen.findByRole("alert")).textContent).toContain("which would be lost here");
  expect(screen.getByRole("button", { name: "Merge and make v3" })).toHaveProperty("disabled", true);
  expect(sent(stub)).toHaveLength(0);
});

it("puts the server's refusal at the version", async () => {
  const stub = useStubServer();
  withOther(stub);
  stub.on("POST", "/api/v1/datasets/{id}/merge", () => problem(400, "change.other_task", "Only rows of the same task can be merged.", "version_id"));
  show();
  await choose();
  await userEvent.click(screen.getByRole("button", { name: "Merge and make v3" }));
  expect(await screen.findByText("Only rows of the same task can be merged.")).toBeDefined();
  expect(screen.getByRole("combobox", { name: "Version" }).getAttribute("aria-invalid")).toBe("true");
});

it("says so when there is nothing to merge with", async () => {
  const stub = useStubServer();
  stub.datasets = stub.datasets.filter(({ id }) => id === ID);
  show();
  expect(await screen.findByRole("heading", { name: "There is no other dataset to merge with" })).toBeDefined();
});
