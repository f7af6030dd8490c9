import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";

import { LineageView } from "@/features/models/lineage-view.tsx";
import { ModelPage } from "@/features/models/model-page.tsx";
import type { Lineage, PredictResponse } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

const { model, modelVersion, otherVersion } = fixtures;
const AT = `/models/${model.id}`;
const saved = vi.hoisted(() => ({ files: [] as { name: string; content: Blob }[] }));
vi.mock("@/lib/save-content.ts", () => ({ saveContent: (content: Blob, name: string) => saved.files.push({ name, content }) }));

beforeEach(() => {
  saved.files = [];
  Element.prototype.scrollIntoView = vi.fn();
});

function open(query = "") {
  return renderApp(<ModelPage />, { path: "/models/:modelId", at: `${AT}${query}` });
}

function answered(label: string, milliseconds = 3): PredictResponse {
  return { model_version_id: modelVersion.id, predictions: [{ kind: "labels", labels: [{ label, score: 0.9 }], num_tokens: 4, is_truncated: false }], is_cold: false, milliseconds };
}

function steps(): HTMLElement[] {
  return within(screen.getByRole("list", { name: "Where it comes from" })).getAllByRole("listitem");
}

it("tells the way from the data to the deployment as a list of links", async () => {
  useStubServer();
  open();
  await screen.findByRole("list", { name: "Where it comes from" });
  const all = steps();
  expect(all.map((step) => step.textContent)).toEqual([
    "3 earlier versions",
    expect.stringMatching(/^Data v4.*Uploaded · 240 rowsKept$/u),
    expect.stringMatching(/^Data v5.*Dataset merged in · 340 rowsKeptMerged in v2Mails of May100 rowsDeleted$/u),
    expect.stringMatching(/^Job.*minilm-l6-v2/u),
    expect.stringMatching(/^Model v1Customer service intents/u),
    "DeploymentPrediction APIAsked on this page and from programsAnswers",
  ]);
  const goals = all.map((step) => within(step).queryAllByRole("link").map((link) => link.getAttribute("href")));
  const data = `/datasets/${fixtures.dataset.id}?tab=versions`;
  // What was merged in is deleted: it has no page to go to.
  expect(goals).toEqual([[data], [data], [`${data}&version=5&against=4`], [`/jobs/${fixtures.finishedJob.id}`], [`${AT}?version=${modelVersion.id}`], ["#try"]]);
  expect(within(all[4] ?? document.body).getByRole("link").getAttribute("aria-current")).toBe("page");
});

it("leads nowhere where nothing is left, and says why a version is for download alone", () => {
  useStubServer();
  const message = "This model version is an adapter.";
  const lineage: Lineage = {
    ...fixtures.lineage,
    num_earlier: 0,
    dataset_versions: fixtures.lineage.dataset_versions.slice(0, 1).map((step) => ({ ...step, is_deleted: true, change: null })),
    job: null,
    deployment: { state: "download_only", message },
  };
  renderApp(<LineageView lineage={lineage} />);
  const [data, job, , deployment] = steps();
  expect(data?.textContent).toMatch(/240 rowsDeleted$/u);
  expect(within(data ?? document.body).queryByRole("link")).toBeNull();
  expect(job?.textContent).toBe("JobA job that is gone");
  expect(deployment?.textContent).toContain(message);
  expect(within(deployment ?? document.body).getByRole("link").getAttribute("href")).toBe("#files");
});

it("shows the version that the address names among more than a page of them, and lists all", async () => {
  const stub = useStubServer();
  const numbered = (number: number) => ({ ...modelVersion, id: number === modelVersion.number ? modelVersion.id : fixtures.uuid(5000 + number), number });
  const pages = [[101, 120], [1, 100]].map(([from = 0, to = 0]) => Array.from({ length: to - from + 1 }, (_, index) => numbered(to - index)));
  stub.on("GET", "/api/v1/models/{id}/versions", ({ query }) => {
    const isSecond = query.get("cursor") === "second";
    return { status: 200, body: { data: pages[isSecond ? 1 : 0], next_cursor: isSecond ? null : "second" } };
  });
  const older = numbered(7);
  const { router } = open(`?version=${older.id}`);
  expect(await screen.findByRole("heading", { name: "About v7" })).toBeDefined();
  await waitFor(() => expect(stub.requests.find(({ path }) => path.endsWith("/lineage"))?.query.get("version_id")).toBe(older.id));
  const listed = () => within(screen.getByRole("region", { name: "Versions" })).getAllByRole("rowheader").map(({ textContent }) => textContent);
  expect([listed().length, listed()[0], listed()[49]]).toEqual([50, "v120", "v71"]);
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  expect([listed().length, listed()[119], screen.queryByRole("button", { name: "Show more" })]).toEqual([120, "v1", null]);
  await userEvent.click(screen.getByRole("combobox", { name: "Version" }));
  await userEvent.click(screen.getByRole("option", { name: "v1", hidden: true }));
  expect(await screen.findByRole("heading", { name: "About v1" })).toBeDefined();
  expect(router.state.location.search).toBe("");
});

it("shows the model card as what it says, to be copied and saved, and never as HTML", async () => {
  const stub = useStubServer();
  const hostile = '<img src="x" onerror="alert(1)"> & more';
  const text = `${fixtures.modelCard}\n${hostile}\n`;
  stub.on("GET", "/api/v1/model-versions/{id}/card", () => ({ status: 200, body: { text } }));
  open();
  const card = within(await screen.findByRole("region", { name: "Model card" }));
  expect(await card.findByRole("heading", { level: 3, name: "Classification on MiniLM L6 v2" })).toBeDefined();
  expect(card.getByRole("rowheader", { name: "this model" }).parentElement?.textContent).toContain("91.7% (79.2% to 100.0%)");
  expect(card.getByText("sentence-transformers/all-MiniLM-L6-v2")).toBeDefined();
  expect(card.getByText(/alert\(1\)/u).textContent).toContain(hostile);
  expect(document.querySelector("img")).toBeNull();
  const writeText = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  await userEvent.click(card.getByRole("button", { name: "Copy: Model card" }));
  expect(writeText).toHaveBeenCalledWith(text);
  await userEvent.click(card.getByRole("button", { name: "Download the card" }));
  expect(saved.files.map(({ name }) => name)).toEqual(["model-card-v1.md"]);
  expect(await saved.files[0]?.content.text()).toBe(text);
});

it("says where a version has no model card", async () => {
  const stub = useStubServer();
  stub.on("GET", "/api/v1/model-versions/{id}/card", () => ({ status: 200, body: { text: null } }));
  open();
  expect(await screen.findByText("This version has no model card.")).toBeDefined();
  expect(screen.queryByRole("button", { name: "Download the card" })).toBeNull();
});

it("is printed with the press of a button", async () => {
  const print = vi.fn();
  vi.stubGlobal("print", print);
  useStubServer();
  open();
  await userEvent.click(await screen.findByRole("button", { name: "Print" }));
  expect(print).toHaveBeenCalledOnce();
});

it("says that the address names a version of another model", async () => {
  useStubServer();
  open(`?version=${otherVersion.id}`);
  expect(await screen.findByText("This model has no such version; the newest one is shown.")).toBeDefined();
  expect(screen.getByRole("heading", { name: "About v1" })).toBeDefined();
});

it("asks two models the same, one after the other, and says where they differ; the address keeps both", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/model-versions/{id}/predict", (_, id) => ({ status: 200, body: id === otherVersion.id ? answered("complaint", 70) : answered("refund", 8) }));
  const { router } = open(`?version=${modelVersion.id}`);
  await userEvent.type(await screen.findByRole("textbox", { name: "Text" }), "money back");
  await userEvent.click(screen.getByRole("combobox", { name: "Beside another model" }));
  await userEvent.click(await screen.findByRole("option", { name: "Intents, all mails v3", hidden: true }));
  await waitFor(() => expect(router.state.location.search).toBe(`?version=${modelVersion.id}&against=${otherVersion.id}`));
  // What was typed before is still there.
  await userEvent.click(await screen.findByRole("button", { name: "Predict" }));
  expect(await screen.findByText("The two differ")).toBeDefined();
  expect(screen.getByText("Customer service intents v1 says refund (90.0%).")).toBeDefined();
  expect(screen.getByText("Intents, all mails v3 says complaint (90.0%).")).toBeDefined();
  expect(within(screen.getByRole("region", { name: "Customer service intents v1" })).getByText("8 ms, 4 tokens")).toBeDefined();
  expect(within(screen.getByRole("region", { name: "Intents, all mails v3" })).getByText("70 ms, 4 tokens")).toBeDefined();
  const asked = stub.requests.filter(({ path }) => path.endsWith("/predict"));
  expect(asked.map(({ path, body }) => [path.split("/").at(-2), body])).toEqual([
    [modelVersion.id, { inputs: [{ text: "money back" }], top_k: 5 }],
    [otherVersion.id, { inputs: [{ text: "money back" }], top_k: 5 }],
  ]);
});

it("opens with the model that the address names, and shows one answer where the other fails", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/model-versions/{id}/predict", (_, id) => (id === otherVersion.id ? problem(503, "model_server.unavailable", "Not just now.") : { status: 200, body: answered("refund") }));
  open(`?against=${otherVersion.id}`);
  await waitFor(() => expect(screen.getByRole<HTMLInputElement>("combobox", { name: "Beside another model" }).value).toBe("Intents, all mails v3"));
  await userEvent.type(screen.getByRole("textbox", { name: "Text" }), "money back");
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  expect(await screen.findByText("Not just now.")).toBeDefined();
  expect(screen.getByRole("list", { name: "Most probable labels" }).textContent).toContain("refund");
  expect(screen.queryByText(/^The two /)).toBeNull();
});

it("does not ask a model of another task, or one that is gone", async () => {
  const stub = useStubServer();
  stub.on("GET", "/api/v1/model-versions/{id}", () => ({ status: 200, body: { ...otherVersion, task: "regression" } }));
  const shown = open(`?against=${otherVersion.id}`);
  expect(await screen.findByText(/cannot be asked the same questions/)).toBeDefined();
  shown.unmount();
  stub.on("GET", "/api/v1/model-versions/{id}", () => problem(404, "model_version.not_found", "There is no such model version."));
  open(`?against=${otherVersion.id}`);
  expect(await screen.findByText("There is no such model version.")).toBeDefined();
});

const ROWS = Array.from({ length: 40 }, (_, index) => `${index},message ${index}`);

async function choose(content: string, name = "mails.csv") {
  await userEvent.upload(await screen.findByLabelText("Choose a file", { selector: "input" }), new File([content], name));
}

it("answers a file row by row, stops at what fails, goes on from there and hands out every answer", async () => {
  const stub = useStubServer();
  let isDown = true;
  stub.on("POST", "/api/v1/model-versions/{id}/predict", ({ body }) => {
    const texts = (body as { inputs: { text: string }[] }).inputs.map(({ text }) => text);
    if (isDown && texts.includes("message 35")) return problem(403, "plan.limit", "Not allowed for now.");
    const wrong = texts.indexOf("message 3");
    if (wrong !== -1) return problem(400, "predict.too_long", "This has 900 tokens.", `inputs[${wrong}].text`);
    return { status: 200, body: { ...answered("x"), predictions: texts.map((text) => answered(`about ${text}`).predictions[0]) } };
  });
  const { router } = open();
  await userEvent.click(await screen.findByRole("radio", { name: "A file" }));
  expect(router.state.location.search).toBe("?ask=file");
  await choose(`id,text\n${ROWS.join("\n")}\n41, \n`);
  await userEvent.click(await screen.findByRole("button", { name: "Answer 41 rows" }));
  expect(await screen.findByText("Not allowed for now.")).toBeDefined();
  expect(screen.getByText("Stopped at rows 34 to 40")).toBeDefined();
  expect(screen.getByText("34 of 41 rows")).toBeDefined();
  isDown = false;
  await userEvent.click(screen.getByRole("button", { name: "Go on with 7 rows" }));
  expect(await screen.findByText("39 rows are answered")).toBeDefined();
  const problems = screen.getByRole("heading", { name: "2 rows without an answer" }).parentElement ?? document.body;
  expect(within(problems).getAllByRole("listitem").map((item) => item.textContent)).toEqual(["Row 4: This has 900 tokens.", "Row 41: The text is missing or blank."]);
  await userEvent.click(screen.getByRole("button", { name: "Answers as CSV" }));
  const [file] = saved.files;
  expect(file?.name).toBe("mails-answers.csv");
  const lines = ((await file?.content.text()) ?? "").trimEnd().split("\r\n");
  expect(lines).toHaveLength(42);
  expect(lines[1]).toBe("0,message 0,about message 0,0.9,");
  expect(lines[4]).toBe("3,message 3,,,This has 900 tokens.");
});
