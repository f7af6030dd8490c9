import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";

import { DatasetActions } from "@/features/datasets/dataset-actions.tsx";
import { JobsPage } from "@/features/jobs/jobs-page.tsx";
import { ModelPage } from "@/features/models/model-page.tsx";
import { OrganisationSection } from "@/features/settings/organisation-section.tsx";
import { StartSessionDialog } from "@/features/labelling/start-session-dialog.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import type { StubApi } from "@/testing/stub-api.ts";

let stub: StubApi;
beforeEach(() => {
  stub = useStubServer();
});

const code = (label: string) => screen.getByRole("region", { name: label }).textContent;
const fold = () => userEvent.click(screen.getByRole("button", { name: "As code" }));

it("shows every request of a page, with its ids, and finds one by its words", async () => {
  renderApp(<ModelPage />, { path: "/models/:modelId", at: `/models/${fixtures.model.id}` });
  const opener = await screen.findByRole("button", { name: "As code: This page as code" });
  await userEvent.click(opener);
  const dialog = await screen.findByRole("dialog", { name: "This page as code" });
  expect(within(dialog).getAllByRole("heading", { level: 3 }).map((one) => one.textContent)).toEqual(["Read", "Use", "Files", "Change"]);
  await userEvent.type(within(dialog).getByRole("searchbox", { name: "Search these requests" }), "delete model");
  const entry = within(dialog).getByRole("button", { name: /Delete this model/ });
  expect(within(dialog).getAllByRole("listitem")).toHaveLength(1);
  await userEvent.click(entry);
  expect(code("Delete this model")).toContain(`curl -X DELETE ${location.origin}/api/v1/models/${fixtures.model.id} \\`);
  await userEvent.click(within(dialog).getByRole("tab", { name: "Python" }));
  expect(code("Delete this model")).toContain('method="DELETE"');
  await userEvent.type(within(dialog).getByRole("searchbox"), " zzz");
  expect(within(dialog).getByRole("status").textContent).toBe("Nothing fits these words.");
  await userEvent.keyboard("{Escape}");
  expect(document.activeElement).toBe(opener);
});

it("shows a list as it is filtered", async () => {
  renderApp(<JobsPage />, { path: "/jobs", at: "/jobs?state=running&q=it%27s" });
  await userEvent.click(await screen.findByRole("button", { name: "As code: This page as code" }));
  expect(await screen.findByRole("button", { name: /List these jobs GET \/api\/v1\/jobs\?state=running&q=it's/ })).toBeDefined();
});

it("shows in a dialog what its button will send, as it is typed, and sends just that", async () => {
  renderApp(<DatasetActions dataset={fixtures.dataset} />);
  await userEvent.click(screen.getByRole("button", { name: "Dataset actions" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Rename" }));
  await screen.findByRole("dialog", { name: "Rename dataset" });
  await fold();
  const field = screen.getByRole("textbox", { name: "Name" });
  await userEvent.clear(field);
  await userEvent.type(field, "It's new");
  const sentBody = { name: "It's new", base_name: fixtures.dataset.name };
  expect(code("Rename this dataset")).toContain(`-d '${JSON.stringify(sentBody).replaceAll("'", "'\\''")}'`);
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(stub.requests.at(-1)?.method).not.toBe(undefined));
  const sent = stub.requests.find(({ method }) => method === "PATCH");
  expect([sent?.path, sent?.body]).toEqual([`/api/v1/datasets/${fixtures.dataset.id}`, sentBody]);
});

it("shows what a form would send only when it could be sent", async () => {
  renderApp(<OrganisationSection />);
  expect(screen.queryByRole("button", { name: "As code" })).toBeNull();
  await userEvent.type(screen.getByRole("textbox", { name: "Organisation name" }), "!");
  await fold();
  expect(code("Rename the organisation")).toContain(`-d '{"name":"Northwind Support!","base_name":"Northwind Support"}'`);
});

it("names both requests where an answer of the first goes into the second", async () => {
  renderApp(<StartSessionDialog dataset={fixtures.dataset} onClose={() => undefined} />);
  await userEvent.type(await screen.findByRole("textbox", { name: /^Name/ }), "Round 2");
  await fold();
  expect(code("Start labelling")).toContain('"name": "Round 2"');
  await userEvent.click(screen.getByRole("radio", { name: "Python" }));
  expect(code("Start labelling")).toContain('"name": "Round 2"');
});
