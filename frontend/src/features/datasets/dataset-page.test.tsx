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
