import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";

import { ExportMenu } from "@/features/datasets/export-menu.tsx";
import type { TaskName } from "@/lib/api-types.ts";
import { saveFile } from "@/lib/save-file.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

vi.mock("@/lib/save-file.ts", () => ({ saveFile: vi.fn() }));

const EXPORT = "/api/v1/dataset-versions/{id}/export";
const open = async (task: TaskName) => {
  renderApp(<ExportMenu version={{ ...fixtures.version, task }} isOffered={false} />);
  await userEvent.click(await screen.findByRole("button", { name: /Export/ }));
};
const choose = async (name: string) => userEvent.click((await screen.findAllByRole("menuitem", { name }))[0] ?? document.body);

beforeEach(() => {
  vi.mocked(saveFile).mockClear();
  vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:1");
});

it("offers tables and lists for every task, and lets the browser fetch what is never refused", async () => {
  const stub = useStubServer();
  await open("classification");
  await choose("TSV");
  expect(saveFile).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("format=tsv"), expect.stringMatching(/tsv\.zip$/));
  expect(stub.requests.filter(({ path }) => path.endsWith("/export"))).toEqual([]);
});

it.each([
  ["chat", "Alpaca"],
  ["chat", "ShareGPT"],
  ["preference", "Alpaca"],
  ["token_classification", "CoNLL"],
  ["classification", "Excel (XLSX)"],
  ["classification", "OpenDocument (ODS)"],
  ["causal_lm", "TXT"],
] as const)("says which row of %s a form has no place for: %s", async (task, form) => {
  useStubServer().on("GET", EXPORT, () => problem(400, "export.row_does_not_fit", "Row 41 has no place."));
  await open(task);
  await choose(form);
  expect(await screen.findByText("Row 41 has no place.")).toBeDefined();
  expect(saveFile).not.toHaveBeenCalled();
});

it("saves what the server has a place for", async () => {
  useStubServer().on("GET", EXPORT, () => ({ status: 200, body: {} }));
  await open("preference");
  await choose("ShareGPT");
  await waitFor(() => expect(saveFile).toHaveBeenCalledExactlyOnceWith("blob:1", expect.stringMatching(/sharegpt\.zip$/)));
});
