import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { DatasetPage } from "@/features/datasets/dataset-page.tsx";
import { isNameType } from "@/features/datasets/names-types.ts";
import { NewDatasetPage } from "@/features/datasets/new-dataset-page.tsx";
import type { Dataset, ModelVersionDetail, Role } from "@/lib/api-types.ts";
import * as doctor from "@/testing/doctor-fixtures.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import type { StubApi } from "@/testing/stub-api.ts";

const ID = fixtures.dataset.id;
const CHOSEN = { model_version_id: fixtures.uuid(901), title: "Names v2", types: ["PER"], is_gone: false };
const TAGGER: ModelVersionDetail = {
  ...fixtures.modelVersion,
  id: CHOSEN.model_version_id,
  model_name: "Names",
  number: 2,
  task: "token_classification",
  labels: ["LOC", "PER"],
};
const PARTS: ModelVersionDetail = { ...TAGGER, id: fixtures.uuid(902), model_name: "Parts", number: 1, labels: ["BOLT"] };

function show(stub: StubApi, taggers: ModelVersionDetail[], chosen: Dataset["names_model"] = null, role: Role = "owner") {
  const [dataset] = stub.datasets;
  if (!dataset) throw new Error("there is a dataset");
  dataset.names_model = chosen;
  stub.on("GET", "/api/v1/model-versions", () => ({ status: 200, body: { data: taggers, next_cursor: null } }));
  stub.on("PUT", "/api/v1/datasets/{id}/names-model", ({ body }) => ({ status: 200, body: { ...dataset, names_model: { ...CHOSEN, ...(body as object) } } }));
  stub.on("DELETE", "/api/v1/datasets/{id}/names-model", () => ({ status: 200, body: { ...dataset, names_model: null } }));
  renderApp(<DatasetPage />, { path: "/datasets/:datasetId", at: `/datasets/${ID}?tab=doctor`, role });
}

function sent(stub: StubApi) {
  return stub.requests.filter(({ path }) => path.endsWith("/names-model")).map(({ method, body }) => [method, body]);
}

it("knows the types that mean a person, and no others", () => {
  expect(["PER", "person", "Name", "FIRST_NAME", "人名", "姓名"].filter((type) => !isNameType(type))).toEqual([]);
  expect(["ORG", "PERIOD", "FILENAME", "PRODUCT_NAME", "O"].filter(isNameType)).toEqual([]);
});

it("has names looked for with the model and the types of one's choice", async () => {
  const stub = useStubServer();
  show(stub, [TAGGER, PARTS]);
  await userEvent.click(await screen.findByRole("button", { name: "Look for names…" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByRole<HTMLInputElement>("checkbox", { name: "PER" }).checked).toBe(true);
  expect(dialog.getByRole<HTMLInputElement>("checkbox", { name: "LOC" }).checked).toBe(false);
  const reports = () => stub.requests.filter(({ path }) => path.endsWith("/doctor")).length;
  const before = reports();
  await userEvent.click(dialog.getByRole("button", { name: "Look for names" }));
  expect(await screen.findByText("They are looked for with Names v2: PER.")).toBeDefined();
  expect(sent(stub)).toEqual([["PUT", { model_version_id: TAGGER.id, types: ["PER"] }]]);
  await waitFor(() => expect(reports()).toBeGreaterThan(before));
});

it("asks for the types of a model that calls none like a person", async () => {
  const stub = useStubServer();
  show(stub, [PARTS]);
  await userEvent.click(await screen.findByRole("button", { name: "Look for names…" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByText(/No type of this model is called like a name/)).toBeDefined();
  expect(dialog.getByRole<HTMLButtonElement>("button", { name: "Look for names" }).disabled).toBe(true);
  await userEvent.click(dialog.getByRole("checkbox", { name: "BOLT" }));
  await userEvent.click(dialog.getByRole("button", { name: "Look for names" }));
  await waitFor(() => expect(sent(stub)).toEqual([["PUT", { model_version_id: PARTS.id, types: ["BOLT"] }]]));
});

it("shows the way to a model where there is none, and the new dataset is for its task", async () => {
  show(useStubServer(), []);
  const way = await screen.findByRole("link", { name: "New dataset for token classification" });
  expect(way.getAttribute("href")).toBe("/datasets/new?task=token_classification");
  renderApp(<NewDatasetPage />, { path: "/datasets/new", at: "/datasets/new?task=token_classification" });
  expect((await screen.findByRole<HTMLInputElement>("radio", { name: /^Token classification/ })).checked).toBe(true);
});

it("takes the model off again, and says of one that was deleted that it finds nothing any more", async () => {
  const stub = useStubServer();
  show(stub, [TAGGER], { ...CHOSEN, is_gone: true });
  expect(await screen.findByText(/Names v2 was deleted/)).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Remove" }));
  expect(await screen.findByRole("button", { name: "Look for names…" })).toBeDefined();
  expect(sent(stub).map(([method]) => method)).toEqual(["DELETE"]);
});

it("marks the names that were found, and says why none were looked for", async () => {
  const stub = useStubServer();
  const example = { id: 3, row: 5, split: "train" as const, cells: { text: "I am Mei Lin.", label: "refund" }, note: { kind: "name", kinds: ["name"], role: "text", names: ["Mei Lin"] } };
  stub.report = { ...doctor.report, findings: [{ ...doctor.personal, examples: [example] }], skipped: { names: "names_model_gone" } };
  show(stub, [TAGGER], CHOSEN);
  expect((await screen.findByText("Mei Lin")).tagName).toBe("MARK");
  expect(screen.getByText("name of a person")).toBeDefined();
  expect(screen.getByText(/The model that they are looked for with was deleted/)).toBeDefined();
});

it("lets a viewer read and choose nothing", async () => {
  show(useStubServer(), [TAGGER], CHOSEN, "viewer");
  expect(await screen.findByText("They are looked for with Names v2: PER.")).toBeDefined();
  expect(screen.queryByRole("button", { name: "Change" })).toBeNull();
});
