import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";

import { DatasetPage } from "@/features/datasets/dataset-page.tsx";
import { pendingOf } from "@/features/datasets/pending-store.ts";
import type { Role } from "@/lib/api-types.ts";
import * as doctor from "@/testing/doctor-fixtures.ts";
import * as fixtures from "@/testing/fixtures.ts";
import * as readings from "@/testing/reading-fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

const ID = fixtures.dataset.id;
const show = (tab: string, role: Role = "owner") => renderApp(<DatasetPage />, { path: "/datasets/:datasetId", at: `/datasets/${ID}?tab=${tab}`, role });
const sentTo = (stub: StubApi, path: string) => stub.requests.filter((request) => request.method === "POST" && request.path.endsWith(path));

beforeEach(() => sessionStorage.clear());

const card = async (title: string) => {
  const found = (await screen.findByRole("heading", { name: title })).closest("article");
  if (found === null) throw new Error("a finding has a card");
  return within(found);
};

const lengths = doctor.report.token_lengths ?? { bins: [], limits: [], num_counted: 1, num_rows: 1, counted_by: "" };

const inTable = () => within(screen.getByRole("group", { name: "Rows" }));

it("offers no form of export that has no place for verdicts", async () => {
  const stub = useStubServer();
  const { latest_version } = fixtures.dataset;
  if (latest_version === null) throw new Error("there is a version");
  stub.datasets = [{ ...fixtures.dataset, task: "preference", latest_version: { ...latest_version, task: "preference", mapping: { prompt: "prompt", completion: "answer", label: "good" } } }];
  show("versions");
  const [button] = await screen.findAllByRole("button", { name: /^Export/ });
  if (button === undefined) throw new Error("a version can be taken away");
  await userEvent.click(button);
  expect((await screen.findAllByRole("menuitem")).slice(0, 4).map(({ textContent }) => textContent)).not.toContain("OpenAI JSONL");
});

it("keeps the open tab in the address and moves among tabs by keyboard", async () => {
  useStubServer();
  const { router } = show("overview");
  const first = await screen.findByRole("tab", { name: /Overview/ });
  first.focus();
  await userEvent.keyboard("{ArrowRight}");
  await waitFor(() => expect(router.state.location.search).toBe("?tab=rows"));
  expect(screen.getByRole("tab", { name: /Rows/ }).getAttribute("aria-selected")).toBe("true");
  expect(await screen.findByRole("heading", { name: "Rows of v2" })).toBeDefined();
});

it("tells on the overview what the doctor found, the worst first", async () => {
  useStubServer();
  show("overview");
  expect(await screen.findByText("The data doctor found 3 things to look at")).toBeDefined();
  expect(screen.getByText("Personal data (12), Exact duplicates (40), and Labels that seem wrong (9)")).toBeDefined();
});

it("lists findings by weight, marks the place and sets the suggestion beside the label", async () => {
  useStubServer();
  show("doctor");
  const personal = await card("Personal data");
  expect(screen.getAllByRole("heading", { level: 3 }).slice(0, 3).map(({ textContent }) => textContent)).toEqual(["Personal data", "Exact duplicates", "Labels that seem wrong"]);
  expect(personal.getByText("mei.lin@example.com").tagName).toBe("MARK");
  expect(personal.getByText("0.7%")).toBeDefined();
  const labels = await card("Labels that seem wrong");
  await userEvent.click(labels.getByRole("button", { name: "1 example" }));
  expect(labels.getByText("complaint")).toBeDefined();
  expect(labels.getByText("refund_request")).toBeDefined();
  expect(labels.getByText("93% sure")).toBeDefined();
});

it("shows a duplicate beside the row that it repeats, and all rows on demand", async () => {
  useStubServer();
  show("doctor");
  const found = await card("Exact duplicates");
  await userEvent.click(found.getByRole("button", { name: "1 example" }));
  expect(await found.findByText("like row 2 · Test")).toBeDefined();
  await userEvent.click(found.getByRole("button", { name: "Show all 40 rows" }));
  expect(await found.findByRole("group", { name: "Rows: Exact duplicates" })).toBeDefined();
  expect(found.getByText("Rows 1 to 25 of 40")).toBeDefined();
});

it("says what a fix will do, makes a version, and offers to undo it", async () => {
  const stub = useStubServer();
  show("doctor");
  await userEvent.click((await card("Exact duplicates")).getByRole("button", { name: "Drop 40 duplicates" }));
  const dialog = await screen.findByRole("dialog");
  expect(within(dialog).getByText("40 rows are left out; one row of each group stays.")).toBeDefined();
  expect(sentTo(stub, "/accept")).toHaveLength(0);
  await userEvent.click(within(dialog).getByRole("button", { name: "Make v3" }));
  expect(await screen.findByText(/40 rows removed/)).toBeDefined();
  expect(sentTo(stub, "/accept")[0]?.body).toEqual({ fix: "keep_one" });
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(sentTo(stub, "/undo")).toHaveLength(1));
  expect(await screen.findByText("Version 4, as v2 was:")).toBeDefined();
});

it("makes a fix in the columns that are chosen, and says what it does there", async () => {
  const stub = useStubServer();
  const by_columns = [
    { columns: ["text"], num_changes: 9, num_dropped: 1 },
    { columns: ["label"], num_changes: 5, num_dropped: 0 },
  ];
  const fixes = [{ name: "mask" as const, message: "Mask the personal data", num_changes: 12, by_columns }];
  stub.report = { ...doctor.report, findings: [{ ...doctor.personal, fixes, params: { ...doctor.personal.params, phone: 1, places: 13 } }] };
  show("doctor");
  await userEvent.click((await card("Personal data")).getByRole("button", { name: "Mask personal data in 12 rows" }));
  const dialog = within(await screen.findByRole("dialog"));
  const run = dialog.getByRole("button", { name: "Make v3" });
  expect(dialog.getByText(/^In 12 rows, personal data is replaced/)).toBeDefined();
  expect(dialog.getByText("ana@example.org").tagName).toBe("DEL");
  expect(dialog.getByText("[EMAIL]").tagName).toBe("INS");
  await userEvent.click(dialog.getByRole("checkbox", { name: "Label" }));
  expect(dialog.getByText(/^In 8 rows, personal data is replaced/)).toBeDefined();
  expect(dialog.getByText(/^1 row is dropped/)).toBeDefined();
  await userEvent.click(dialog.getByRole("checkbox", { name: "Text" }));
  expect(dialog.queryByText("[EMAIL]")).toBeNull();
  expect(run.hasAttribute("disabled")).toBe(true);
  await userEvent.click(dialog.getByRole("checkbox", { name: "Text" }));
  await userEvent.click(run);
  await waitFor(() => expect(sentTo(stub, "/accept")[0]?.body).toEqual({ fix: "mask", columns: ["text"] }));
});

it("counts e-mail addresses where that is all there is to mask", async () => {
  useStubServer();
  show("doctor");
  expect((await card("Personal data")).getByRole("button", { name: "Mask 12 e-mail addresses" })).toBeDefined();
});

it("says how many rows a fix drops, or leaves, because nothing could be learnt from them", async () => {
  const stub = useStubServer();
  const fixes = [...doctor.personal.fixes, { name: "repair" as const, message: "Repair the cells", num_changes: 3, by_columns: [] }];
  stub.report = { ...doctor.report, findings: [{ ...doctor.personal, fixes, params: { ...doctor.personal.params, phone: 1, places: 13, mask_drops: 2, left: 1 } }] };
  show("doctor");
  await userEvent.click((await card("Personal data")).getByRole("button", { name: "Mask personal data in 12 rows" }));
  const masking = within(await screen.findByRole("dialog"));
  expect(masking.getByText(/^In 10 rows, personal data is replaced/)).toBeDefined();
  expect(masking.getByText(/^2 rows are dropped, since nothing tells their answers apart/)).toBeDefined();
  await userEvent.click(masking.getByRole("button", { name: "Cancel" }));
  await userEvent.click((await card("Personal data")).getByRole("button", { name: "Repair 3 rows" }));
  expect(await screen.findByText(/^1 row stays as it is/)).toBeDefined();
});

it("puts a finding aside and takes it up again", async () => {
  useStubServer();
  show("doctor");
  await userEvent.click((await card("Exact duplicates")).getByRole("button", { name: "Dismiss" }));
  expect(await screen.findByRole("heading", { name: "1 decided" })).toBeDefined();
  await userEvent.click((await card("Exact duplicates")).getByRole("button", { name: "Take up again" }));
  await waitFor(() => expect(screen.queryByRole("heading", { name: "1 decided" })).toBeNull());
});

it("puts a finding aside at once, and back where the server refuses", async () => {
  const stub = useStubServer();
  show("doctor");
  stub.on("POST", "/api/v1/doctor-findings/{id}/dismiss", () => problem(409, "finding.decided", "Somebody has decided on it."));
  const answer = stub.hold("POST");
  await userEvent.click((await card("Exact duplicates")).getByRole("button", { name: "Dismiss" }));
  expect((await card("Exact duplicates")).getByText("Dismissed by mei@example.com")).toBeDefined();
  answer();
  expect(await (await card("Exact duplicates")).findByRole("button", { name: "Dismiss" })).toBeDefined();
  expect((await card("Exact duplicates")).getByRole("alert").textContent).toContain("Somebody has decided");
});

it("offers the newer version where somebody else was faster", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/doctor-findings/{id}/accept", () => problem(409, "change.not_latest", "Version 2 is not the latest one; that is version 3."));
  show("doctor");
  await userEvent.click((await card("Exact duplicates")).getByRole("button", { name: "Drop 40 duplicates" }));
  await userEvent.click(await screen.findByRole("button", { name: "Make v3" }));
  expect(await screen.findByText("A newer version exists")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Look at it" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

it("lets a viewer look and change nothing", async () => {
  useStubServer();
  const shown = show("doctor", "viewer");
  const found = await card("Exact duplicates");
  for (const name of [/Drop/, "Dismiss"]) expect(found.queryByRole("button", { name })).toBeNull();
  shown.unmount();
  show("rows", "viewer");
  expect(await screen.findByText(/members can change them/)).toBeDefined();
  expect(await screen.findByRole("group", { name: "Rows" })).toBeDefined();
  expect(screen.queryByRole("button", { name: /Edit row|Drop row|Add a row/ })).toBeNull();
});

it("tells a doctor at work, one that failed, one that is off and one that found nothing", async () => {
  const stub = useStubServer();
  const base = { ...doctor.report, findings: [], has_map: false };
  stub.report = { ...base, state: "running", progress: { stage: "checks", done: 7, total: 20 } };
  const running = show("doctor");
  expect(await screen.findByText("Checked 7 of 20")).toBeDefined();
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("35");
  running.unmount();
  stub.report = { ...base, state: "failed", error: { code: "doctor.too_slow", message: "It was not done after 3600 seconds." } };
  const failed = show("doctor");
  expect(await screen.findByText("It was not done after 3600 seconds.")).toBeDefined();
  failed.unmount();
  stub.report = null;
  const off = show("doctor");
  expect(await screen.findByRole("heading", { name: "The data doctor has not looked at v2" })).toBeDefined();
  off.unmount();
  stub.report = base;
  show("doctor");
  expect(await screen.findByRole("heading", { name: "Nothing found in 1,644 rows" })).toBeDefined();
  expect(screen.getByText("It is not known how much a model reads.")).toBeDefined();
  expect(screen.getByText("Exact duplicates")).toBeDefined();
});

it("chooses points of the map without a pointer, and relabels them as pending changes", async () => {
  useStubServer();
  show("doctor");
  await userEvent.click(await screen.findByRole("button", { name: "Choose the 50 hardest" }));
  expect(screen.getByText("50 rows selected")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Show them" }));
  expect(await screen.findByRole("group", { name: "Selected rows" })).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Drop 50 rows" }));
  expect(screen.getByText("50 pending changes")).toBeDefined();
  expect(screen.queryByText("50 rows selected")).toBeNull();
});

/** Many rows have many buttons, among which a test looks long for the right one. */
const FEW_ROWS = doctor.rows.slice(0, 4);

it("collects edits, keeps them through a reload, and sends them together", async () => {
  const stub = useStubServer();
  stub.rows = FEW_ROWS;
  const before = show("rows");
  await userEvent.click(await screen.findByRole("button", { name: "Edit row 3" }));
  const label = inTable().getByRole("combobox", { name: "Label" });
  await userEvent.clear(label);
  await userEvent.type(label, "refund");
  await userEvent.click(screen.getByRole("button", { name: "Keep" }));
  await userEvent.click(screen.getByRole("button", { name: "Drop row 4" }));
  expect(screen.getByText("2 pending changes")).toBeDefined();
  const isStruck = (name: string) => screen.getByRole("button", { name }).closest("tr")?.hasAttribute("data-dropped");
  expect([isStruck("Undo the changes of row 3"), isStruck("Undo the changes of row 4")]).toEqual([false, true]);
  before.unmount();
  show("rows");
  expect(await screen.findByText("2 pending changes")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Make version" }));
  await waitFor(() => expect(sentTo(stub, "/changes")).toHaveLength(1));
  expect(sentTo(stub, "/changes")[0]?.body).toEqual({
    base_version_id: fixtures.version.id,
    kind: "edit",
    changes: [
      { id: 1, action: "set", cells: { label: "refund" } },
      { id: 2, action: "drop" },
    ],
  });
  await waitFor(() => expect(pendingOf(ID)).toBeNull());
  expect(screen.queryByText("2 pending changes")).toBeNull();
});

it("says how many rows remain before it makes a version of those that are looked at", async () => {
  const stub = useStubServer();
  stub.rows = FEW_ROWS;
  show("rows");
  await screen.findByRole("button", { name: "Edit row 3" });
  expect(screen.queryByRole("button", { name: "Make a version of these rows" })).toBeNull();
  await userEvent.click(screen.getByLabelText("Texts longer than, characters"));
  await userEvent.paste("x");
  expect(await screen.findByText("Give a whole number.")).toBeDefined();
  await userEvent.clear(screen.getByLabelText("Texts longer than, characters"));
  await userEvent.click(screen.getByLabelText("Texts longer than, characters"));
  await userEvent.paste("40");
  expect(await screen.findByText("4 of 1,644 rows")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Make a version of these rows" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByText("Kept: text longer than 40.")).toBeDefined();
  expect(await dialog.findByText("v3 will have 44 rows: 12 for training, 14 for validation, 18 for test.")).toBeDefined();
  expect(sentTo(stub, "/filter").map(({ body }) => body)).toEqual([{ keep: { longer_than: 40 }, base_version_id: fixtures.version.id, dry_run: true }]);
  await userEvent.dblClick(dialog.getByRole("button", { name: "Make v3" }));
  await waitFor(() => expect(sentTo(stub, "/filter")).toHaveLength(2));
  expect(sentTo(stub, "/filter")[1]?.body).toEqual({ keep: { longer_than: 40 }, base_version_id: fixtures.version.id, dry_run: false });
  expect(await screen.findByRole("button", { name: "Undo" })).toBeDefined();
});

it("keeps in the address which rows are looked for", async () => {
  useStubServer().rows = FEW_ROWS;
  const { router } = show("rows");
  await userEvent.click(await screen.findByLabelText("Find text in any cell"));
  await userEvent.paste("parcel");
  expect(router.state.location.search).toBe("?tab=rows&q=parcel");
});

it("takes from the address which rows are looked for", async () => {
  useStubServer().rows = FEW_ROWS;
  show("rows&q=parcel&longer=5");
  expect(await screen.findByLabelText("Find text in any cell")).toHaveProperty("value", "parcel");
  expect(screen.getByLabelText("Texts longer than, characters")).toHaveProperty("value", "5");
});

it("undoes one pending change, and all of them", async () => {
  useStubServer().rows = FEW_ROWS;
  show("rows");
  await userEvent.click(await screen.findByRole("button", { name: "Drop row 3" }));
  await userEvent.click(screen.getByRole("button", { name: "Drop row 4" }));
  await userEvent.click(screen.getByRole("button", { name: "Undo the changes of row 3" }));
  expect(screen.getByText("1 pending change")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Undo all" }));
  expect(screen.queryByRole("region", { name: "Pending changes" })).toBeNull();
});

it("shows a refused edit at its row and field, and keeps the others", async () => {
  const stub = useStubServer();
  stub.rows = FEW_ROWS;
  const id = fixtures.uuid(990);
  const refused = {
    ...doctor.waitingChange,
    id,
    kind: "edit" as const,
    state: "failed" as const,
    num_problems: 1,
    problems: [{ code: "data:missing_label", severity: "error" as const, message: "The label is empty.", file: null, row: 3, column: "label", value: "", row_id: 1, addition: null }],
  };
  stub.on("POST", "/api/v1/datasets/{id}/changes", () => ({ status: 202, body: { ...refused, state: "waiting", problems: [] } }));
  stub.on("GET", "/api/v1/datasets/{id}/changes", () => ({ status: 200, body: { data: [refused], next_cursor: null } }));
  stub.on("GET", `/api/v1/datasets/[^/]+/changes/${id}`, () => ({ status: 200, body: refused }));
  show("rows");
  await userEvent.click(await screen.findByRole("button", { name: "Edit row 3" }));
  await userEvent.clear(inTable().getByRole("combobox", { name: "Label" }));
  await userEvent.click(screen.getByRole("button", { name: "Keep" }));
  await userEvent.click(screen.getByRole("button", { name: "Drop row 4" }));
  await userEvent.click(screen.getByRole("button", { name: "Make version" }));
  const line = (await screen.findByRole("button", { name: "Edit row 3" })).closest("tr");
  await waitFor(() => expect(line?.textContent).toContain("The label is empty."));
  expect(screen.getByText("2 pending changes")).toBeDefined();
  expect(screen.getByText(/refused the changes for 1 reason/)).toBeDefined();
});

it("does not send changes of an old version before somebody has looked", async () => {
  const stub = useStubServer();
  stub.rows = FEW_ROWS;
  const before = show("rows");
  await userEvent.click(await screen.findByRole("button", { name: "Drop row 3" }));
  before.unmount();
  const dataset = stub.datasets.find(({ id }) => id === ID);
  if (!dataset?.latest_version) throw new Error("the dataset has a version");
  const later = doctor.versionAfter(dataset.latest_version);
  dataset.latest_version = later;
  show("rows");
  expect(await screen.findByText(/These changes were made to v2, and v3 has come since/)).toBeDefined();
  expect(screen.queryByRole("button", { name: "Make version" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Keep them for v3" }));
  await userEvent.click(await screen.findByRole("button", { name: "Make version" }));
  await waitFor(() => expect(sentTo(stub, "/changes")[0]?.body).toMatchObject({ base_version_id: later.id }));
});

it.each([
  ["Make my changes to them", 2],
  ["Leave them as in v3", 1],
])("shows what somebody else made of the same cell before an edit is kept for their version: %s", async (choice, numKept) => {
  const stub = useStubServer();
  stub.rows = FEW_ROWS;
  const before = show("rows");
  await userEvent.click(await screen.findByRole("button", { name: "Edit row 3" }));
  const field = inTable().getByRole("combobox", { name: "Label" });
  await userEvent.clear(field);
  await userEvent.type(field, "mine");
  await userEvent.click(screen.getByRole("button", { name: "Keep" }));
  await userEvent.click(screen.getByRole("button", { name: "Drop row 4" }));
  before.unmount();
  const dataset = stub.datasets.find(({ id }) => id === ID);
  if (!dataset?.latest_version) throw new Error("the dataset has a version");
  dataset.latest_version = doctor.versionAfter(dataset.latest_version);
  stub.rows = FEW_ROWS.map((row) => (row.row === 3 ? { ...row, cells: { ...row.cells, label: "theirs" } } : row));
  show("rows");
  await userEvent.click(await screen.findByRole("button", { name: "Keep them for v3" }));
  const notice = await screen.findByRole("alert");
  expect(notice.textContent).toContain("Somebody else has changed 1 row of yours");
  expect(notice.textContent).toMatch(/Row 3: .*theirs.*mine/);
  expect(screen.queryByRole("button", { name: "Make version" })).toBeNull();
  await userEvent.click(within(notice).getByRole("button", { name: choice }));
  expect(await screen.findByRole("button", { name: "Make version" })).toBeDefined();
  expect(pendingOf(ID)?.rows).toHaveLength(numKept);
});

it("sends changes that the platform failed to make once more, and not the same answer again", async () => {
  const stub = useStubServer();
  stub.rows = FEW_ROWS;
  const failed = { ...doctor.waitingChange, id: fixtures.uuid(991), kind: "edit" as const, state: "failed" as const, num_problems: 0, problems: [] };
  stub.on("POST", "/api/v1/datasets/{id}/changes", () => ({ status: 202, body: { ...failed, state: "waiting" } }));
  stub.on("GET", "/api/v1/datasets/{id}/changes", () => ({ status: 200, body: { data: sentTo(stub, "/changes").length > 0 ? [failed] : [], next_cursor: null } }));
  stub.on("GET", `/api/v1/datasets/[^/]+/changes/${failed.id}`, () => ({ status: 200, body: failed }));
  show("rows");
  await userEvent.click(await screen.findByRole("button", { name: "Drop row 4" }));
  await userEvent.click(screen.getByRole("button", { name: "Make version" }));
  await screen.findByText(/refused the changes/);
  await userEvent.click(screen.getByRole("button", { name: "Make version" }));
  await waitFor(() => expect(sentTo(stub, "/changes")).toHaveLength(2));
  const [first, second] = sentTo(stub, "/changes").map((request) => request.headers["idempotency-key"]);
  expect(first).not.toBe(second);
});

it("drops the filter by a finding when another version comes, whose findings are others", async () => {
  const stub = useStubServer();
  const { client } = show("rows");
  await userEvent.click(await screen.findByRole("combobox", { name: "Finding of the doctor" }));
  await userEvent.click(await screen.findByRole("option", { name: "Exact duplicates" }));
  const asked = () => stub.requests.filter(({ path }) => /dataset-versions\/[^/]+\/rows$/.test(path));
  await waitFor(() => expect(asked().at(-1)?.query.get("finding_id")).toBe(doctor.duplicates.id));
  const dataset = stub.datasets.find(({ id }) => id === ID);
  if (!dataset?.latest_version) throw new Error("the dataset has a version");
  const later = doctor.versionAfter(dataset.latest_version);
  dataset.latest_version = later;
  await client.invalidateQueries();
  expect(await screen.findByRole("heading", { name: "Rows of v3" })).toBeDefined();
  const ofLater = () => asked().filter(({ path }) => path.includes(later.id));
  await waitFor(() => expect(ofLater()).not.toHaveLength(0));
  expect(ofLater().map(({ query }) => query.get("finding_id"))).not.toContain(doctor.duplicates.id);
});

it("adds a row of its own", async () => {
  useStubServer().rows = FEW_ROWS;
  show("rows");
  await userEvent.click(await screen.findByRole("button", { name: "Add a row" }));
  const form = within(screen.getByRole("form", { name: "Add a row" }));
  expect(form.getByRole("button", { name: "Add it" })).toHaveProperty("disabled", true);
  await userEvent.click(form.getByRole("textbox", { name: "Text" }));
  await userEvent.paste("Can I pay by card?");
  await userEvent.click(form.getByRole("combobox", { name: "Label" }));
  await userEvent.paste("payment");
  await userEvent.click(form.getByRole("button", { name: "Add it" }));
  expect(pendingOf(ID)?.added).toMatchObject([{ cells: { text: "Can I pay by card?", label: "payment" }, split: "auto" }]);
});

function showTwoVersions(stub: StubApi): void {
  const dataset = stub.datasets.find(({ id }) => id === ID);
  if (!dataset) throw new Error("the dataset is there");
  dataset.latest_version = doctor.versionAfter(fixtures.version, { num_added: 12, num_removed: 3, num_changed: 5 });
  stub.earlierVersions = [structuredClone(fixtures.version)];
  show("versions");
}

it("tells where versions come from, and shows two of them side by side", async () => {
  showTwoVersions(useStubServer());
  const list = within(await screen.findByRole("list", { name: "Versions" }));
  expect(list.getByText("+12 −3 ~5")).toBeDefined();
  expect(list.getByText("Fix: Exact duplicates")).toBeDefined();
  expect(list.getByText("from v2")).toBeDefined();
  expect(await screen.findByRole("heading", { name: "From v2 to v3" })).toBeDefined();
  expect((await screen.findByText("now")).tagName).toBe("INS");
  expect(screen.getByText("please").tagName).toBe("DEL");
  await userEvent.click(screen.getByText("1 removed"));
  expect(await screen.findByRole("list", { name: "1 removed" })).toBeDefined();
});

it("shows fifty versions, and more of them when it is asked to", async () => {
  const stub = useStubServer();
  stub.earlierVersions = Array.from({ length: 60 }, (_, index) => ({ ...structuredClone(fixtures.version), id: fixtures.uuid(3500 + index), number: 100 - index }));
  show("versions");
  const listed = async () => within(await screen.findByRole("list", { name: "Versions" })).getAllByRole("listitem").length;
  expect(await listed()).toBe(50);
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  expect([await listed(), screen.queryByRole("button", { name: "Show more" })]).toEqual([61, null]);
});

it("restores an earlier version after saying what that does", async () => {
  const stub = useStubServer();
  showTwoVersions(stub);
  await userEvent.click(await screen.findByRole("button", { name: "Restore v2" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByText("v4 is made, equal to v2 with its 1,644 rows. No version is lost.")).toBeDefined();
  await userEvent.click(dialog.getByRole("button", { name: "Restore" }));
  await waitFor(() => expect(sentTo(stub, "/restore")).toHaveLength(1));
});

it("offers every format that fits the task", async () => {
  useStubServer();
  show("versions");
  await userEvent.click(await screen.findByRole("button", { name: "Export v2" }));
  const names = (await screen.findAllByRole("menuitem")).map(({ textContent }) => textContent);
  expect(names.slice(0, 8)).toEqual(["JSONL", "JSON", "CSV", "TSV", "Excel (XLSX)", "OpenDocument (ODS)", "Parquet", "OpenAI JSONL"]);
  expect(names).not.toContain("CoNLL");
});

it("shows on the overview what a base model would read of the version, and offers it to none who may not launch", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/jobs/preview", () => ({ status: 200, body: readings.donePreview }));
  show("overview");
  await userEvent.click(await screen.findByRole("button", { name: "See what the model will read" }));
  expect(await screen.findByText("7 of 200")).toBeDefined();
  expect(sentTo(stub, "/jobs/preview")[0]?.body).toMatchObject({ dataset_version_id: fixtures.version.id, base_model: "minilm-l6-v2" });
});

it("lets a viewer read no rows through a model", async () => {
  useStubServer();
  show("overview", "viewer");
  expect((await screen.findByRole("button", { name: "See what the model will read" })).hasAttribute("disabled")).toBe(true);
});

it("opens the rows at the one that a result leads to, and shows all again", async () => {
  const stub = useStubServer();
  const [first] = doctor.rows;
  const { router } = show(`rows&row=${first?.row ?? 0}&split=test`);
  expect(await screen.findByText(`Only row ${first?.row ?? 0} is shown.`)).toBeDefined();
  const asked = () => stub.requests.filter(({ path }) => path.endsWith("/rows")).at(-1)?.query;
  expect([asked()?.get("row"), asked()?.get("split")]).toEqual([String(first?.row), "test"]);
  await screen.findByRole("group", { name: "Rows" });
  expect(inTable().getAllByRole("row")).toHaveLength(2);
  await userEvent.click(screen.getByRole("button", { name: "Clear the filter" }));
  await waitFor(() => expect(inTable().getAllByRole("row").length).toBeGreaterThan(2));
  expect(router.state.location.search).toBe("?tab=rows");
});

it("opens the rows where the link to one of them leads, and marks it there", async () => {
  const stub = useStubServer();
  stub.rows = Array.from({ length: 60 }, (_, index) => ({ ...doctor.row(index + 1), row: 100 + index }));
  const { router, unmount } = show("rows&row=129&place=30");
  const marked = () => inTable().getAllByRole("row").filter((row) => row.getAttribute("aria-current") === "true");
  await screen.findByRole("link", { name: "Link to row 129" });
  expect(marked().map((row) => within(row).getByRole("link").textContent)).toEqual(["129"]);
  expect(inTable().getAllByRole("row")).toHaveLength(26);
  await userEvent.click(inTable().getByRole("link", { name: "Link to row 131" }));
  expect(router.state.location.search).toBe("?tab=rows&row=131&place=32");
  expect(marked().map((row) => within(row).getByRole("link").textContent)).toEqual(["131"]);
  unmount();
  // Rows before it were removed meanwhile.
  stub.rows = stub.rows.slice(20);
  show("rows&row=129&place=30");
  expect(await screen.findByText("Only row 129 is shown.")).toBeDefined();
  await waitFor(() => expect(marked()).toHaveLength(1));
});

it("says that the row that a result leads to is there no more", async () => {
  useStubServer();
  show("rows&row=99999");
  expect(await screen.findByText("v2 has no such row here: it was removed, or belongs to another split now.")).toBeDefined();
});

it("draws how long the texts are, with the limit of the base model and what it cuts off", async () => {
  const longer = { ...fixtures.baseModel, slug: "longer", name: "Longer", max_length: 8192 };
  const limits = [...lengths.limits, { max_tokens: 8192, num_rows: 0, share_of_tokens: 0 }];
  const stub = useStubServer();
  stub.on("GET", "/api/v1/base-models", () => ({ status: 200, body: { data: [fixtures.baseModel, longer], next_cursor: null } }));
  stub.on("GET", "/api/v1/dataset-versions/{id}/doctor", () => ({ status: 200, body: { ...doctor.report, token_lengths: { ...lengths, limits } } }));
  show("doctor");
  const cut = /MiniLM L6 v2 reads 512 tokens of a text: 0\.4% of the rows lose their end, 1\.2% of all tokens\./;
  expect(await screen.findByText(cut)).toBeDefined();
  expect(screen.getByRole("img", { name: /8 to 15 tokens: 120 rows\. .*0\.4% of the rows/ })).toBeDefined();
  expect(Number(screen.getByTestId("length-limit").getAttribute("x1"))).toBeCloseTo((600 * 5) / 7 + 600 / 7);
  await userEvent.click(screen.getByRole("combobox", { name: "Base model" }));
  await userEvent.click(await screen.findByRole("option", { name: "Longer" }));
  expect(screen.getByText("Longer reads 8,192 tokens of a text: every text is read to its end.")).toBeDefined();
  expect(screen.queryByTestId("length-limit")).toBeNull();
});
