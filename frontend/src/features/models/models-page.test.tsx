import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { ModelsPage } from "@/features/models/models-page.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

const show = (at = "/models") => renderApp(<ModelsPage />, { path: "/models", at });
const shown = () => screen.queryAllByRole("rowheader").map(({ textContent }) => textContent);

it("is searched by name at the server, and keeps the words in the address", async () => {
  const stub = useStubServer();
  const { router } = show();
  await waitFor(() => expect(shown()).toEqual([fixtures.model.name, fixtures.pairScoreModel.name]));
  const [word = ""] = fixtures.pairScoreModel.name.split(" ");
  await userEvent.type(screen.getByRole("searchbox", { name: "Search names" }), word.toUpperCase());
  await waitFor(() => expect(shown()).toEqual([fixtures.pairScoreModel.name]));
  expect(router.state.location.search).toBe(`?q=${word.toUpperCase()}`);
  expect(stub.requests.some(({ path, query }) => path === "/api/v1/models" && query.get("q") === word.toUpperCase())).toBe(true);
});

it("shows models for one task, says that nothing was found, and shows all again", async () => {
  useStubServer();
  show("/models?task=ranking");
  expect(await screen.findByText("Nothing matches.")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Clear filters" }));
  await waitFor(() => expect(shown()).toHaveLength(2));
  await userEvent.click(screen.getByRole("combobox", { name: "Task" }));
  await userEvent.click(await screen.findByRole("option", { name: "Classification" }));
  await waitFor(() => expect(shown()).toEqual([fixtures.model.name]));
});

it("has nothing to search where there is nothing", async () => {
  const stub = useStubServer();
  stub.on("GET", "/api/v1/models", () => ({ status: 200, body: { data: [], next_cursor: null } }));
  show();
  expect(await screen.findByText("No models yet")).toBeDefined();
  expect(screen.queryByRole("searchbox")).toBeNull();
});
