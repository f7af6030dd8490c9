import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";

import { DatasetPage } from "@/features/datasets/dataset-page.tsx";
import type { Dataset } from "@/lib/api-types.ts";
import * as doctor from "@/testing/doctor-fixtures.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import type { StubApi } from "@/testing/stub-api.ts";

const [first, second] = doctor.rows;
if (first === undefined || second === undefined) throw new Error("there are rows");
const TOKENS = ["Ada", "Byron", "lived", "in", "Bath"];
const ROWS = [
  { ...first, cells: { tokens: TOKENS, tags: ["B-PER", "I-PER", "O", "O", "B-LOC"] } },
  { ...second, cells: { tokens: TOKENS, tags: ["B-PER", "O"] } },
];
const dataset: Dataset = {
  ...fixtures.dataset,
  task: "token_classification",
  roles: (["tokens", "tags"] as const).map((role) => ({ role, kind: role, is_optional: false, takes: [] })),
  latest_version: { ...fixtures.tagVersion, id: fixtures.version.id, dataset_id: fixtures.dataset.id },
};
const show = (stub: StubApi, tab: string) => {
  stub.datasets = [dataset];
  stub.rows = ROWS;
  renderApp(<DatasetPage />, { path: "/datasets/:datasetId", at: `/datasets/${dataset.id}?tab=${tab}` });
};

beforeEach(() => sessionStorage.clear());

it("marks spans in the text of a row, shows cells that do not fit one another apart, and edits both", async () => {
  show(useStubServer(), "rows");
  const table = within(await screen.findByRole("table"));
  expect(table.getAllByText("Ada Byron")[0]?.textContent).toBe("Ada ByronPER");
  expect(table.getByText("LOC")).toBeDefined();
  expect(table.getAllByText("B-PER")).toHaveLength(1);
  await userEvent.click(table.getByRole("button", { name: `Edit row ${first.row}` }));
  expect(table.getByRole("textbox", { name: "Tags" })).toHaveProperty("value", "B-PER\nI-PER\nO\nO\nB-LOC");
});

it("marks spans in the examples of a finding, with the words in question told from the rest", async () => {
  const stub = useStubServer();
  const example = { id: first.id, row: first.row, split: first.split, cells: { tokens: "Ada Byron lived in Bath", tags: "B-PER I-PER O O B-LOC" } };
  const note = { given: "LOC", suggested: "ORG", confidence: 0.9, self_confidence: 0.1, token: 4, at: { role: "tokens", start: 19, end: 23 } };
  stub.report = { ...doctor.report, findings: [{ ...doctor.doubtful, code: "doctor:doubtful_tags", examples: [{ ...example, note }], fixes: [] }] };
  show(stub, "doctor");
  const word = await screen.findByText((_, element) => element?.tagName === "MARK" && element.textContent === "BathLOC");
  expect(word.dataset["doubted"]).toBe("true");
});
