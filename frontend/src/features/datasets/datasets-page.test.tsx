import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";

import { DatasetsPage } from "@/features/datasets/datasets-page.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import type { StubApi } from "@/testing/stub-api.ts";

let stub: StubApi;
beforeEach(() => {
  stub = useStubServer();
  const names = [...Array.from({ length: 60 }, (_, index) => `Plain ${index}`), "Hotel reviews"];
  stub.datasets = names.map((name, index) => ({ ...structuredClone(fixtures.dataset), id: fixtures.uuid(2000 + index), name }));
  Object.assign(stub.datasets[3] ?? {}, { name: "Hotel pairs", task: "similarity" });
});

const show = (at = "/datasets") => renderApp(<DatasetsPage />, { path: "/datasets", at });
const shown = () => screen.queryAllByRole("rowheader").map(({ textContent }) => textContent);

it("finds a dataset that is on no page yet by its name, and keeps the words in the address", async () => {
  const { router } = show();
  expect(await screen.findByText("Plain 0")).toBeDefined();
  expect(screen.queryByText("Hotel reviews")).toBeNull();
  await userEvent.type(screen.getByRole("searchbox", { name: "Search names" }), "HOTEL");
  await waitFor(() => expect(shown()).toEqual(["Hotel pairs", "Hotel reviews"]));
  expect(router.state.location.search).toBe("?q=HOTEL");
  await userEvent.click(screen.getByRole("combobox", { name: "Task" }));
  await userEvent.click(await screen.findByRole("option", { name: "Similarity of texts" }));
  await waitFor(() => expect(shown()).toEqual(["Hotel pairs"]));
  expect(router.state.location.search).toBe("?q=HOTEL&task=similarity");
});

it("shows what an address says, says that nothing was found, and shows all again", async () => {
  const { router } = show("/datasets?q=nowhere&task=ranking&other=kept");
  expect(await screen.findByText("Nothing matches.")).toBeDefined();
  expect(screen.getByRole<HTMLInputElement>("searchbox", { name: "Search names" }).value).toBe("nowhere");
  expect(screen.getByRole<HTMLInputElement>("combobox", { name: "Task" }).value).toBe("Ranking and recommendation");
  expect(screen.queryByText("No datasets yet")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Clear filters" }));
  await waitFor(() => expect(shown()).toHaveLength(50));
  expect(router.state.location.search).toBe("?other=kept");
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  await waitFor(() => expect(shown()).toHaveLength(61));
});

it("does not ask the server for a task that there is not", async () => {
  show("/datasets?task=nonsense");
  expect(await screen.findByText("Plain 0")).toBeDefined();
  expect(stub.requests.some(({ query }) => query.has("task"))).toBe(false);
});

it("has nothing to search where there is nothing", async () => {
  stub.datasets = [];
  show();
  expect(await screen.findByText("No datasets yet")).toBeDefined();
  expect(screen.queryByRole("searchbox")).toBeNull();
});
