import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { DeletedModelsPage } from "@/features/models/deleted-models-page.tsx";
import { ModelActions } from "@/features/models/model-actions.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

const { name } = fixtures.model;

it("offers to take the deletion of a model back", async () => {
  const stub = useStubServer();
  renderApp(<ModelActions model={fixtures.model} />);
  await userEvent.click(screen.getByRole("button", { name: "Model actions" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Delete" }));
  await userEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Delete" }));
  expect(await screen.findByText(`“${name}” was deleted.`)).toBeDefined();
  expect(stub.models).toHaveLength(1);
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(await screen.findByText(`“${name}” was restored.`)).toBeDefined();
  expect(stub.models).toHaveLength(2);
});

it("asks for another name where its own is taken by now", async () => {
  const stub = useStubServer();
  stub.deletedModels = [{ ...structuredClone(fixtures.model), id: fixtures.uuid(3100), deleted_at: fixtures.minutesAfter(0), restorable_until: fixtures.minutesAfter(9) }];
  renderApp(<DeletedModelsPage />, { path: "/models/deleted", at: "/models/deleted" });
  await userEvent.click(await screen.findByRole("button", { name: `Restore “${name}”` }));
  const dialog = await screen.findByRole("dialog", { name: "Restore under another name" });
  expect(dialog.textContent).toContain("already called");
  const field = within(dialog).getByLabelText("Name");
  await userEvent.clear(field);
  await userEvent.type(field, "The first one");
  await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(await screen.findByText("“The first one” was restored.")).toBeDefined();
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(stub.models.map((model) => model.name)).toContain("The first one");
});
