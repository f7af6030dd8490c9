import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { DatasetSelect } from "@/features/datasets/dataset-select.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

it("offers an older dataset where none of the newest page has a version", async () => {
  const stub = useStubServer();
  const unread = Array.from({ length: 60 }, (_, index) => ({ ...fixtures.unmappedDataset, id: fixtures.uuid(9000 + index), name: `Unread ${index}` }));
  stub.datasets = [...unread, fixtures.dataset];
  renderApp(<DatasetSelect aria-label="Dataset" hasVersion value={null} onChange={() => undefined} />);
  await userEvent.click(screen.getByRole("combobox", { name: "Dataset" }));
  expect(await screen.findByRole("option", { name: fixtures.dataset.name, hidden: true })).toBeDefined();
  expect(screen.queryByRole("option", { name: "Unread 0", hidden: true })).toBeNull();
});
