import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";

import { LabelSessionsPage } from "@/features/labelling/label-sessions-page.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { labelSession } from "@/testing/labelling-fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

it("lists sessions as other lists do: a name on one line, how long ago it began, and no second main button", async () => {
  const stub = useStubServer();
  const session = { ...labelSession, name: fixtures.HOSTILE_NAME, created_at: new Date(Date.now() - 7_200_000).toISOString() };
  stub.on("GET", "/api/v1/datasets/{id}/label-sessions", () => ({ status: 200, body: { data: [session], next_cursor: null } }));
  renderApp(<LabelSessionsPage />, { path: "/datasets/:datasetId/labelling", at: `/datasets/${fixtures.dataset.id}/labelling` });
  const row = within(await screen.findByRole("row", { name: new RegExp("onerror") }));
  expect(row.getByRole("link", { name: /onerror/ }).getAttribute("title")).toBe(fixtures.HOSTILE_NAME);
  expect(row.getByText("2 hours ago")).toBeDefined();
  expect(row.getByRole("link", { name: "Label rows" }).getAttribute("data-variant")).toBe("default");
});
