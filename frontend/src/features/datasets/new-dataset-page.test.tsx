import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";

import { NewDatasetPage } from "@/features/datasets/new-dataset-page.tsx";
import { pastedFile, pastedTable } from "@/features/datasets/pasted-rows.ts";
import { forgetQueue, rememberQueue } from "@/features/datasets/upload-memory.ts";
import { TASKS } from "@/lib/tasks.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

const show = () => renderApp(<NewDatasetPage />, { path: "/datasets/new", at: "/datasets/new" });
const uploadRow = (more: object) => ({
  id: fixtures.uuid(77),
  filename: "data.csv",
  split: "",
  size_bytes: 100,
  offset_bytes: 40,
  state: "fetching",
  problem: null,
  sha256: null,
  created_at: fixtures.minutesAfter(0),
  expires_at: fixtures.minutesAfter(60),
  ...more,
});

const values = (storage: Storage) => Array.from({ length: storage.length }, (_, index) => storage.getItem(storage.key(index) ?? ""));

/** At once: typing letter by letter is slow and tests nothing here. */
async function fill(field: HTMLElement, text: string): Promise<void> {
  await userEvent.click(field);
  await userEvent.paste(text);
}

afterEach(() => {
  forgetQueue();
  sessionStorage.clear();
});

it("says which tasks no base model of this installation learns, and lets them be chosen", async () => {
  useStubServer();
  show();
  expect(await screen.findAllByText(/^No base model of this installation learns this yet/)).toHaveLength(TASKS.length - fixtures.baseModel.tasks.length);
  await userEvent.click(screen.getByRole("radio", { name: "Chat and instructions" }));
  expect(screen.getByRole<HTMLInputElement>("radio", { name: "Chat and instructions" }).checked).toBe(true);
});

it("counts pasted rows while they are typed and makes a file of them", async () => {
  useStubServer();
  show();
  await userEvent.click(screen.getByRole("radio", { name: "Paste rows" }));
  await userEvent.click(screen.getByLabelText("Rows"));
  await userEvent.paste("text\tlabel\ngood\tpraise\nbad\tcomplaint\n");
  expect(await screen.findByText("2 rows, columns: 2")).toBeDefined();
  await fill(screen.getByLabelText("Name of the file"), "survey");
  await userEvent.click(screen.getByRole("button", { name: "Add to the files" }));
  expect(await screen.findByRole("listitem", { name: "survey.tsv" })).toBeDefined();
  const rows = await screen.findByRole("group", { name: "First rows of survey.tsv" });
  expect(within(rows).getByText("complaint")).toBeDefined();
  expect(screen.getByText(/Read here as separated by tabs, UTF-8/)).toBeDefined();
});

it("keeps pasted text to the letter and names it by its kind", async () => {
  const cases = [
    ['{"a": 1}\n', "x.jsonl"],
    ["a,b\n1,2", "x.csv"],
    ["a\tb\n1\t2", "x.tsv"],
  ] as const;
  for (const [text, name] of cases) {
    const table = pastedTable(text);
    if (table === null) throw new Error("the text is a table");
    const file = pastedFile(text, table, "x");
    expect([file.name, await file.text()]).toEqual([name, text]);
  }
  expect(pastedTable("  \n")).toBeNull();
});

it("has a file fetched from a bucket, forgets the secret, and follows the fetch to its end", async () => {
  const stub = useStubServer();
  let asked = 0;
  stub.on("POST", "/api/v1/uploads/import", () => ({ status: 201, body: uploadRow({ size_bytes: 0, offset_bytes: 0 }) }));
  stub.on("GET", "/api/v1/uploads/{id}", () => {
    asked += 1;
    return { status: 200, body: uploadRow(asked > 1 ? { state: "received", offset_bytes: 100 } : {}) };
  });
  show();
  await userEvent.click(screen.getByRole("radio", { name: "From an address" }));
  await fill(screen.getByLabelText("Address of the file"), "s3://bucket/data.csv");
  await fill(screen.getByLabelText("Access key id"), "AKID");
  await fill(screen.getByLabelText("Secret access key"), "hush");
  await userEvent.click(screen.getByRole("button", { name: "Fetch the file" }));
  expect(await screen.findByText(/Fetched by the server: 40%/)).toBeDefined();
  expect(stub.requests.find((request) => request.path.endsWith("/import"))?.body).toEqual({
    url: "s3://bucket/data.csv",
    s3: { access_key_id: "AKID", secret_access_key: "hush" },
  });
  expect(await screen.findByText("Uploaded", undefined, { timeout: 5000 })).toBeDefined();
  expect([sessionStorage, localStorage].flatMap(values).join()).not.toContain("hush");
  await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>("Address of the file").value).toBe(""));
}, 15_000);

it("lists a folder of a bucket, fetches what is chosen one by one, and keeps what was refused", async () => {
  const stub = useStubServer();
  const file = (name: string) => ({ url: `s3://bucket/data/${name}`, name, size_bytes: 1500 });
  stub.on("POST", "/api/v1/uploads/import/list", () => ({ status: 200, body: { files: ["a.csv", "b.jsonl", "c.csv", "photo.png"].map(file), is_cut: true } }));
  let begun = 0;
  stub.on("POST", "/api/v1/uploads/import", () => {
    begun += 1;
    if (begun === 2) return problem(429, "import.too_many", "20 files are being fetched.");
    return { status: 201, body: uploadRow({ id: fixtures.uuid(900 + begun) }) };
  });
  stub.on("GET", "/api/v1/uploads/{id}", () => ({ status: 200, body: uploadRow({}) }));
  show();
  await userEvent.click(screen.getByRole("radio", { name: "From an address" }));
  await fill(screen.getByLabelText("Address of the file"), "s3://bucket/data/");
  await fill(screen.getByLabelText("Access key id"), "AKID");
  await fill(screen.getByLabelText("Secret access key"), "hush");
  await userEvent.click(screen.getByRole("button", { name: "Show what is there" }));
  const s3 = { access_key_id: "AKID", secret_access_key: "hush" };
  const there = within(await screen.findByRole("table", { name: "Files in the bucket" }));
  expect(stub.requests.find(({ path }) => path.endsWith("/list"))?.body).toEqual({ url: "s3://bucket/data/", s3 });
  expect(screen.getByText(/These are the first 4 by name/)).toBeDefined();
  expect(there.getByText("Only tables, JSON, spreadsheets, texts and archives of them can be read.")).toBeDefined();
  expect(there.queryByRole("checkbox", { name: "Fetch photo.png" })).toBeNull();
  await userEvent.click(there.getByRole("checkbox", { name: "Fetch b.jsonl" }));
  await userEvent.click(screen.getByRole("button", { name: "Fetch 2 files" }));
  expect(await screen.findByText("20 files are being fetched.")).toBeDefined();
  expect(there.queryByText("a.csv")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Fetch 1 file" }));
  await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>("Address of the file").value).toBe(""));
  const asked = stub.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/import")).map(({ body }) => body);
  expect(asked).toEqual(["a.csv", "c.csv", "c.csv"].map((name) => ({ url: `s3://bucket/data/${name}`, s3 })));
  expect([sessionStorage, localStorage].flatMap(values).join()).not.toContain("hush");
}, 15_000);

it("says that a folder is empty, and lists another one when the address changes", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/uploads/import/list", () => ({ status: 200, body: { files: [], is_cut: false } }));
  show();
  await userEvent.click(screen.getByRole("radio", { name: "From an address" }));
  await fill(screen.getByLabelText("Address of the file"), "s3://bucket");
  await userEvent.click(screen.getByRole("button", { name: "Show what is there" }));
  expect(await screen.findByText("There is nothing whose name begins like this.")).toBeDefined();
  await fill(screen.getByLabelText("Address of the file"), "s3://bucket/a.csv");
  expect(screen.queryByText("There is nothing whose name begins like this.")).toBeNull();
  expect(screen.getByRole("button", { name: "Fetch the file" })).toBeDefined();
});

it("says why an address is refused and keeps it for correction", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/uploads/import", () => problem(400, "outbound.private_address", "10.0.0.1 leads inside."));
  show();
  await userEvent.click(screen.getByRole("radio", { name: "From an address" }));
  await fill(screen.getByLabelText("Address of the file"), "http://10.0.0.1/x");
  await userEvent.click(screen.getByRole("button", { name: "Fetch the file" }));
  expect(await screen.findByText("10.0.0.1 leads inside.")).toBeDefined();
  expect(screen.getByLabelText<HTMLInputElement>("Address of the file").value).toBe("http://10.0.0.1/x");
});

it("says at the address what is wrong with it, and goes there", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/uploads/import", () => problem(400, "import.bad_s3", "This is no address of an object.", "url"));
  show();
  await userEvent.click(screen.getByRole("radio", { name: "From an address" }));
  await fill(screen.getByLabelText("Address of the file"), "s3://Bucket/x");
  await userEvent.click(screen.getByRole("button", { name: "Fetch the file" }));
  expect(await screen.findAllByText("This is no address of an object."), "and nowhere else").toHaveLength(1);
  expect(document.activeElement).toBe(screen.getByLabelText("Address of the file"));
});

it("says why a file could not be fetched, and has it fetched again from the address that the server knows", async () => {
  const stub = useStubServer();
  let isOver = false;
  const failed = { state: "failed", problem: { code: "import.refused", message: "files.example.com answers 404." } };
  stub.on("GET", "/api/v1/uploads/{id}", () => ({ status: 200, body: uploadRow(isOver ? { state: "received", offset_bytes: 100 } : failed) }));
  stub.on("POST", "/api/v1/uploads/{id}/retry", () => {
    isOver = true;
    return { status: 200, body: uploadRow({ size_bytes: 0, offset_bytes: 0 }) };
  });
  const marks = { name: "data.csv", sizeBytes: 0, lastModified: 0, head: null, split: "auto", bytesPerSecond: null, error: null } as const;
  rememberQueue([{ ...marks, id: "a", file: null, state: "fetching", sentBytes: 0, url: null, uploadId: fixtures.uuid(77) }]);
  show();
  expect((await screen.findByRole("alert")).textContent).toBe("files.example.com answers 404.");
  await userEvent.dblClick(screen.getByRole("button", { name: "Try again to fetch data.csv" }));
  expect(await screen.findByText("Uploaded")).toBeDefined();
  expect(stub.requests.filter(({ path }) => path.endsWith("/retry"))).toHaveLength(1);
  expect(screen.queryByRole("alert")).toBeNull();
});

it("shows after a reload what the server has, refuses another file and goes on with the right one", async () => {
  const stub = useStubServer();
  stub.on("GET", "/api/v1/uploads/{id}", () => ({ status: 200, body: uploadRow({ state: "receiving", size_bytes: 10, offset_bytes: 4 }) }));
  const marks = { name: "a.csv", sizeBytes: 10, lastModified: 7, head: null, split: "auto", bytesPerSecond: null, error: null } as const;
  rememberQueue([{ ...marks, id: "a", file: null, state: "uploading", sentBytes: 4, url: `/api/v1/uploads/${fixtures.uuid(77)}`, uploadId: null }]);
  show();
  expect(await screen.findByText("40% is kept; choose the file again to go on from there")).toBeDefined();
  const input = screen.getByLabelText("Choose a.csv again");
  await userEvent.upload(input, new File(["0123456789"], "b.csv", { lastModified: 7 }));
  expect((await screen.findByRole("alert")).textContent).toContain("This is not the file that was begun");
  await userEvent.upload(input, new File(["0123456789"], "a.csv", { lastModified: 7 }));
  await waitFor(() => expect(screen.queryByText(/choose the file again/)).toBeNull());
});
