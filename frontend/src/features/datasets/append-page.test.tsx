import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";

import { guessColumns, mappedRoles, missingColumns } from "@/features/datasets/append-fit.ts";
import { AppendPage } from "@/features/datasets/append-page.tsx";
import { newShares } from "@/features/datasets/split-policy.ts";
import { forgetQueue, rememberedQueue, rememberQueue } from "@/features/datasets/upload-memory.ts";
import type { QueuedUpload } from "@/features/datasets/upload-queue.ts";
import type { DatasetChange, Role } from "@/lib/api-types.ts";
import * as doctor from "@/testing/doctor-fixtures.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import type { StubApi } from "@/testing/stub-api.ts";

const ID = fixtures.dataset.id;
const CHANGE = fixtures.uuid(880);
const show = (role: Role = "owner") => renderApp(<AppendPage />, { path: "/datasets/:datasetId/add-rows", at: `/datasets/${ID}/add-rows`, role });

function uploaded(name: string, content: string): QueuedUpload {
  const file = new File([content], name);
  const marks = { name, sizeBytes: file.size, lastModified: 1, head: null, bytesPerSecond: null, error: null };
  return { ...marks, id: name, file, split: "auto", state: "done", sentBytes: file.size, url: null, uploadId: fixtures.uuid(77) };
}

function answerWith(stub: StubApi, outcome: Partial<DatasetChange>): void {
  const change = { ...doctor.waitingChange, id: CHANGE, kind: "append" as const };
  stub.on("POST", "/api/v1/datasets/{id}/files", () => ({ status: 202, body: change }));
  stub.on("GET", `/api/v1/datasets/[^/]+/changes/${CHANGE}`, () => ({ status: 200, body: { ...change, ...outcome } }));
  stub.on("GET", "/api/v1/uploads/{id}", () => ({ status: 200, body: { state: "received", offset_bytes: 100_000 } }));
}

const sent = (stub: StubApi) => stub.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/files"));

afterEach(() => {
  forgetQueue(ID);
  sessionStorage.clear();
});

it("says which columns are needed, and what a file brings", async () => {
  answerWith(useStubServer(), {});
  rememberQueue([uploaded("more.csv", "message,intent\nhello,greeting\nbye,greeting\n"), uploaded("other.csv", "x1,x2,intent\na,b,greeting\n")], ID);
  show();
  expect(await screen.findByText(/They need the columns of this dataset: message and intent/)).toBeDefined();
  const table = within(screen.getByRole("group", { name: "What the files bring" }));
  expect(await table.findByText("2 rows")).toBeDefined();
  expect(table.getByPlaceholderText("missing")).toBeDefined();
  expect(screen.getByText(/other.csv has no column for message; it has x1, x2, and intent/)).toBeDefined();
  expect(screen.getByText("Of other new rows, 10% go to validation and 10% to test; the rest is for training.")).toBeDefined();
});

it("adds the files once, however often it is asked to, and shows the version that comes of it", async () => {
  const stub = useStubServer();
  answerWith(stub, { state: "applied", version: doctor.versionAfter(fixtures.version) });
  rememberQueue([uploaded("more.csv", "message,intent\nhello,greeting\n")], ID);
  const { router } = show();
  await userEvent.click(await screen.findByRole("switch", { name: /Leave out rows with errors/ }));
  await userEvent.dblClick(screen.getByRole("button", { name: "Add the rows and make v3" }));
  await waitFor(() => expect(router.state.location.search).toBe("?tab=versions"));
  expect(router.state.location.state).toEqual({ followed: CHANGE });
  expect(sent(stub).map(({ body }) => body)).toEqual([{ files: [{ upload_id: fixtures.uuid(77), split: "auto" }], skip_bad_rows: true }]);
  expect(rememberedQueue(ID)).toEqual([]);
});

it("proposes which columns are meant where a file calls them otherwise, and one choice corrects a swap", async () => {
  const user = userEvent.setup();
  const stub = useStubServer();
  answerWith(stub, { state: "applied", version: doctor.versionAfter(fixtures.version) });
  rememberQueue([uploaded("other.csv", "kind,content,id\nhello,greeting,7\n")], ID);
  show();
  const [text, label] = [await screen.findByRole("combobox", { name: "Text in other.csv" }), screen.getByRole("combobox", { name: "Label in other.csv" })];
  expect([text, label].map((field) => (field as HTMLInputElement).value)).toEqual(["content", "kind"]);
  expect(screen.getByText(/Columns with other names are taken as shown/)).toBeDefined();
  await user.click(text);
  await user.click(await screen.findByRole("option", { name: "kind" }));
  expect([text, label].map((field) => (field as HTMLInputElement).value)).toEqual(["kind", "content"]);
  expect(within(screen.getByRole("group", { name: "What the files bring" })).getByText("hello")).toBeDefined();
  await user.click(screen.getByRole("button", { name: "Add the rows and make v3" }));
  await waitFor(() => expect(sent(stub)).toHaveLength(1));
  expect(sent(stub)[0]?.body).toMatchObject({ files: [{ columns: { text: "kind", label: "content" } }] });
});

it("guesses columns by the same name written otherwise, by usual names, and by what is left", () => {
  const wanted = [
    { role: "text", column: "Message text", isOptional: false },
    { role: "label", column: "intent", isOptional: false },
  ] as const;
  expect(guessColumns(wanted, ["message_text", "class"])).toEqual({ text: "message_text", label: "class" });
  expect(guessColumns(wanted, ["Message text", "zzz"])).toEqual({ label: "zzz" });
  expect(guessColumns(wanted, ["intent", "a", "b"])).toEqual({});
  expect(missingColumns(wanted, ["intent", "a"], { text: "a" })).toEqual([]);
  expect(missingColumns(wanted, ["intent", "a"], { text: null })).toEqual(["Message text"]);
});

it("keeps the files at hand when they are refused, with the reasons", async () => {
  const stub = useStubServer();
  const problem = { code: "data:missing_label", severity: "error" as const, message: "Row 14 has no label.", file: "more.csv", row: 14, column: "intent", value: "", row_id: null, addition: null };
  answerWith(stub, { state: "failed", problems: [problem], num_problems: 1 });
  rememberQueue([uploaded("more.csv", "message,intent\nhello,\n")], ID);
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Add the rows and make v3" }));
  expect(await screen.findByText("Row 14 has no label.")).toBeDefined();
  expect(screen.getByRole("listitem", { name: "more.csv" })).toBeDefined();
  expect(screen.getByRole("button", { name: "Add the rows and make v3" })).toHaveProperty("disabled", false);
});

it("waits for a file, and lets viewers only look", async () => {
  useStubServer();
  const shown = show();
  expect(await screen.findByText(/^Add a file first/u)).toBeDefined();
  expect(screen.getByRole("button", { name: "Add the rows and make v3" })).toHaveProperty("disabled", true);
  shown.unmount();
  show("viewer");
  expect(await screen.findByText("Your role can look but not change anything here.")).toBeDefined();
  expect(screen.queryByRole("button", { name: /Add the rows/ })).toBeNull();
});

it("keeps files for one dataset apart from those for another", () => {
  rememberQueue([uploaded("more.csv", "a")], ID);
  expect(rememberedQueue()).toEqual([]);
  expect(rememberedQueue(ID)).toHaveLength(1);
});

it("looks for the columns of the version, and knows what is divided", () => {
  const wanted = mappedRoles(fixtures.version, fixtures.dataset.roles);
  expect(wanted.map(({ column }) => column)).toEqual(["message", "intent"]);
  expect(missingColumns(wanted, [" message", "topic"])).toEqual(["intent"]);
  const file = { ...fixtures.dataset.files[0], split: "test" } as (typeof fixtures.dataset.files)[number];
  expect(newShares({ files: [file] }, { mapping: { validation_share: 0.2, test_share: 0.2 } })).toEqual({ validation: 0.2, test: 0 });
});
