import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { DatasetPage } from "@/features/datasets/dataset-page.tsx";
import { DatasetsPage } from "@/features/datasets/datasets-page.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

const show = (id: string) => renderApp(<DatasetPage />, { path: "/datasets/:datasetId", at: `/datasets/${id}` });

it("corrects a wrong guess with one click and sends it", async () => {
  const stub = useStubServer();
  show(fixtures.unmappedDataset.id);
  expect(await screen.findByText(/This is a guess \(54%\)/)).toBeDefined();
  const intent = screen.getByText("12 distinct values · 2 empty").closest("li");
  if (intent === null) throw new Error("the column has a card");
  await userEvent.click(within(intent).getByRole("button", { name: "Use as label" }));
  await userEvent.click(screen.getByRole("button", { name: "Confirm and check all rows" }));
  await waitFor(() => expect(stub.requests.some((request) => request.method === "PUT")).toBe(true));
  expect(stub.requests.find((request) => request.method === "PUT")?.body).toEqual({
    text: "message",
    label: "intent",
    validation_share: 0.1,
    test_share: 0.1,
  });
  expect(await screen.findByRole("heading", { name: "Examples per label" })).toBeDefined();
});

it("says at its field why a column is refused, and goes there", async () => {
  const stub = useStubServer();
  const message = "There is no column “intent” any more.";
  stub.on("PUT", "/api/v1/datasets/{id}/mapping", () => problem(400, "dataset.unknown_column", message, "label"));
  show(fixtures.unmappedDataset.id);
  await screen.findByText(/This is a guess/);
  const intent = screen.getByText("12 distinct values · 2 empty").closest("li");
  if (intent === null) throw new Error("the column has a card");
  await userEvent.click(within(intent).getByRole("button", { name: "Use as label" }));
  await userEvent.click(screen.getByRole("button", { name: "Confirm and check all rows" }));
  expect(await screen.findAllByText(message), "and nowhere else").toHaveLength(1);
  const field = document.activeElement as HTMLInputElement;
  expect([field.getAttribute("aria-invalid"), field.value]).toEqual(["true", "intent"]);
});

it("shows problems with file, row and column", async () => {
  useStubServer();
  show(fixtures.dataset.id);
  const table = await screen.findByRole("group", { name: "Problems" });
  for (const part of ["Warning", "customer-service.csv", "512", "intent", "data:missing_label"]) expect(table.textContent).toContain(part);
});

it("keeps the dialog open and says why a dataset in use is not deleted", async () => {
  useStubServer();
  show(fixtures.dataset.id);
  await userEvent.click(await screen.findByRole("button", { name: "Dataset actions" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Delete" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
  expect((await screen.findByRole("alert")).textContent).toContain("is using this dataset");
});

it("tells an empty list from one that failed and one that is not allowed", async () => {
  const stub = useStubServer();
  stub.datasets = [];
  const empty = renderApp(<DatasetsPage />);
  expect(await screen.findByRole("heading", { name: "No datasets yet" })).toBeDefined();
  empty.unmount();
  stub.on("GET", "/api/v1/datasets", () => problem(500, "internal", "Something went wrong on our side."));
  const failed = renderApp(<DatasetsPage />);
  expect((await screen.findByRole("alert")).textContent).toBe("Something went wrong on our side.");
  expect(screen.getByRole("button", { name: "Try again" })).toBeDefined();
  failed.unmount();
  stub.on("GET", "/api/v1/datasets", () => problem(403, "forbidden", "Your role cannot read data."));
  renderApp(<DatasetsPage />, { role: "billing" });
  expect(await screen.findByRole("heading", { name: "Your role does not allow this" })).toBeDefined();
});

it("shows a hostile name as text", async () => {
  useStubServer();
  renderApp(<DatasetsPage />);
  expect((await screen.findByRole("link", { name: /onerror/ })).textContent).toBe(fixtures.HOSTILE_NAME);
  expect(document.querySelector("img")).toBeNull();
});

it("takes another task when the columns look like one, with one click", async () => {
  const stub = useStubServer();
  stub.datasets = [structuredClone(fixtures.pairDataset)];
  show(fixtures.pairDataset.id);
  expect(await screen.findByText("These columns look more like “Classification of text pairs” than like “Classification”.")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Use Classification of text pairs" }));
  await waitFor(() => expect(stub.requests.find((request) => request.method === "PATCH")?.body).toEqual({ task: "pair_classification" }));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Use Classification of text pairs" })).toBeNull());
});

it("maps every part of a pair and exchanges two columns with one click", async () => {
  const stub = useStubServer();
  const pair = structuredClone(fixtures.pairDataset);
  Object.assign(pair, {
    task: "pair_classification",
    suggestion: null,
    roles: [
      { role: "text_a", kind: "text", is_optional: false },
      { role: "text_b", kind: "text", is_optional: false },
      { role: "label", kind: "label", is_optional: false },
    ],
    mapping: { text_a: "second", text_b: "first", label: "same", confidence: 0.9 },
  });
  stub.datasets = [pair];
  show(pair.id);
  const first = (await screen.findByText("900 distinct values")).closest("li");
  if (first === null) throw new Error("the column has a card");
  expect(within(first).getByText("second text")).toBeDefined();
  await userEvent.click(within(first).getByRole("button", { name: "Use as first text" }));
  await userEvent.click(screen.getByRole("button", { name: "Confirm and check all rows" }));
  await waitFor(() => expect(stub.requests.some((request) => request.method === "PUT")).toBe(true));
  expect(stub.requests.find((request) => request.method === "PUT")?.body).toMatchObject({ text_a: "first", text_b: "second", label: "same" });
});

it("sends the separators of labels, and asks for them only where there are lists", async () => {
  const stub = useStubServer();
  const lists = structuredClone(fixtures.unmappedDataset);
  Object.assign(lists, {
    task: "multi_label",
    roles: [
      { role: "text", kind: "text", is_optional: false },
      { role: "labels", kind: "labels", is_optional: false },
    ],
    mapping: { text: "message", labels: "channel", delimiter: ",", confidence: 0.9 },
  });
  stub.datasets = [lists];
  show(lists.id);
  const field = await screen.findByRole("textbox", { name: "Separators between labels" });
  await userEvent.type(field, ";");
  await userEvent.click(screen.getByRole("button", { name: "Confirm and check all rows" }));
  await waitFor(() => expect(stub.requests.find((request) => request.method === "PUT")?.body).toMatchObject({ labels: "channel", delimiter: ",;" }));
});

it("shows numbers as a distribution and spans by type", async () => {
  const stub = useStubServer();
  const numbers = { ...structuredClone(fixtures.dataset), task: "regression" as const, latest_version: fixtures.numberVersion };
  stub.datasets = [numbers];
  const shown = show(numbers.id);
  expect(await screen.findByRole("heading", { name: "Score: how the numbers are spread" })).toBeDefined();
  expect(screen.getByText("Mean 3.2, standard deviation 0.9.")).toBeDefined();
  expect(screen.getByRole("listitem", { name: "1 – 3: 500 for training, 60 for validation, 70 for test" })).toBeDefined();
  shown.unmount();
  stub.datasets = [{ ...numbers, task: "token_classification", latest_version: fixtures.tagVersion }];
  show(numbers.id);
  expect(await screen.findByRole("heading", { name: "Spans per type" })).toBeDefined();
  expect(screen.getByText("Text length, tokens")).toBeDefined();
});

it("shows the parts of a list apart", async () => {
  const stub = useStubServer();
  stub.on("GET", "/api/v1/datasets/{id}/preview", () => ({
    status: 200,
    body: { columns: ["row", "tokens", "score"], data: [{ row: 2, tokens: ["New York", "is"], score: 3.5, split: "train" }], total: 1 },
  }));
  show(fixtures.unmappedDataset.id);
  const parts = await screen.findByText("New York");
  expect(parts.closest("td")?.textContent).toBe("New Yorkis");
  expect(parts.parentElement?.nextElementSibling?.textContent).toBe("is");
  expect(screen.getByText("3.5")).toBeDefined();
});

it("says how each file was read and sends a correction", async () => {
  const stub = useStubServer();
  const sheet = structuredClone(fixtures.unmappedDataset);
  const [file] = sheet.files;
  if (file?.reading == null) throw new Error("the file was read");
  Object.assign(file, { filename: "all.zip", member: "data.xlsx", format: "xlsx", compression: "zip" });
  Object.assign(file.reading, { delimiter: null, sheet: "Old", sheets: ["Old", "New"], header_row: 3, dialect: "sharegpt" });
  stub.datasets = [sheet];
  stub.on("PATCH", "/api/v1/datasets/{id}/files/0", () => ({ status: 200, body: { ...sheet, state: "inspecting" } }));
  show(sheet.id);
  const list = await screen.findByRole("list", { name: "How each file was read" });
  for (const part of ["all.zip/data.xlsx", "XLSX, packed with zip", "Old", "3", "ShareGPT"]) expect(list.textContent).toContain(part);
  await userEvent.click(within(list).getByRole("button", { name: "Correct how all.zip/data.xlsx is read" }));
  await userEvent.click(screen.getByRole("combobox", { name: "Sheets" }));
  await userEvent.click(await screen.findByRole("option", { name: "New" }));
  await userEvent.click(screen.getByRole("button", { name: "Read again" }));
  await waitFor(() =>
    expect(stub.requests.find((request) => request.method === "PATCH")?.body).toEqual({ sheet: "New", sheet_column: null, has_header: null, header_row: null }),
  );
});

it.each(["July", "all"])("reads several sheets of a workbook, with their names in a column: %s", async (added) => {
  const stub = useStubServer();
  const book = structuredClone(fixtures.unmappedDataset);
  const [file] = book.files;
  if (file?.reading == null) throw new Error("the file was read");
  Object.assign(file, { filename: "a.xlsx", member: "May", format: "xlsx", choices: { sheet: "May" } });
  Object.assign(file.reading, { delimiter: null, sheet: "May", sheets: ["May", "June", "July"], header_row: 1 });
  book.files = [file, { ...file, position: 1, member: "June", choices: { sheet: "June" } }];
  stub.datasets = [book];
  stub.on("PATCH", "/api/v1/datasets/{id}/files/1", () => ({ status: 200, body: { ...book, state: "inspecting" } }));
  show(book.id);
  await userEvent.click(await screen.findByRole("button", { name: "Correct how a.xlsx/June is read" }));
  if (added === "all") await userEvent.click(screen.getByRole("button", { name: "All sheets" }));
  else {
    await userEvent.click(screen.getByRole("combobox", { name: "Sheets" }));
    await userEvent.click(await screen.findByRole("option", { name: added }));
  }
  await userEvent.type(screen.getByRole("textbox", { name: "Column for the sheet’s name" }), "month");
  await userEvent.click(screen.getByRole("button", { name: "Read again" }));
  await waitFor(() =>
    expect(stub.requests.find((request) => request.method === "PATCH")?.body).toEqual({ sheets: ["May", "June", "July"], sheet_column: "month", has_header: null, header_row: null }),
  );
});

it("takes any character for a separator and says how quotes are written", async () => {
  const stub = useStubServer();
  const table = structuredClone(fixtures.unmappedDataset);
  const [file] = table.files;
  if (file?.reading == null) throw new Error("the file was read");
  Object.assign(file.reading, { delimiter: "^", quoting: "none" });
  stub.datasets = [table];
  stub.on("PATCH", "/api/v1/datasets/{id}/files/0", () => ({ status: 200, body: { ...table, state: "inspecting" } }));
  show(table.id);
  const list = await screen.findByRole("list", { name: "How each file was read" });
  for (const part of ["^", "enclose nothing"]) expect(list.textContent).toContain(part);
  await userEvent.click(within(list).getByRole("button", { name: /^Correct how/ }));
  await userEvent.click(screen.getByRole("combobox", { name: "Separator of fields" }));
  await userEvent.click(await screen.findByRole("option", { name: "Another character" }));
  await userEvent.type(screen.getByRole("textbox", { name: "The character" }), "~");
  await userEvent.click(screen.getByRole("combobox", { name: "Quotes in a cell" }));
  await userEvent.click(await screen.findByRole("option", { name: "behind a backslash" }));
  await userEvent.click(screen.getByRole("button", { name: "Read again" }));
  await waitFor(() =>
    expect(stub.requests.find((request) => request.method === "PATCH")?.body).toEqual({ encoding: null, delimiter: "~", quoting: "backslash", has_header: null }),
  );
});

it("corrects nothing under a version", async () => {
  useStubServer();
  show(fixtures.dataset.id);
  await screen.findByRole("list", { name: "How each file was read" });
  expect(screen.queryByRole("button", { name: /^Correct/ })).toBeNull();
});

it("says before it is confirmed what a training file loses, and divides by a column of choice", async () => {
  const stub = useStubServer();
  const [file] = fixtures.unmappedDataset.files;
  if (file === undefined) throw new Error("the fixture has a file");
  const dataset = { ...fixtures.unmappedDataset, files: [{ ...file, split: "train" as const }, { ...file, filename: "test.csv", split: "test" as const }] };
  stub.datasets = [structuredClone(dataset)];
  const refused = "The mode time looks at no such column.";
  stub.on("PUT", "/api/v1/datasets/{id}/mapping", () => problem(400, "dataset.unknown_column", refused, "split_column"));
  show(dataset.id);
  expect(await screen.findByText("No file is marked for validation: 10% of the rows that are marked for training become validation, and are not trained on.")).toBeDefined();
  await userEvent.click(screen.getByRole("combobox", { name: "How rows are divided" }));
  await userEvent.click(await screen.findByRole("option", { name: "By time" }));
  expect(screen.getByRole("button", { name: "Confirm and check all rows" })).toHaveProperty("disabled", true);
  await userEvent.click(screen.getByRole("combobox", { name: "Column to divide by" }));
  await userEvent.click(await screen.findByRole("option", { name: "intent" }));
  await userEvent.click(screen.getByRole("button", { name: "Confirm and check all rows" }));
  expect(await screen.findAllByText(refused), "at its field and nowhere else").toHaveLength(1);
  expect(stub.requests.find((request) => request.method === "PUT")?.body).toMatchObject({ validation_share: 0.1, split_mode: "time", split_column: "intent" });
});
