import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { NewJobPage } from "@/features/jobs/new-job-page.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

const launches = (stub: StubApi) => stub.requests.filter((request) => request.method === "POST" && request.path === "/api/v1/jobs");

it("launches with one click when there is one dataset, and a double click launches once", async () => {
  const stub = useStubServer();
  const { router } = renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  await userEvent.dblClick(await screen.findByRole("button", { name: "Launch" }));
  await waitFor(() => expect(router.state.location.pathname).toMatch(/^\/jobs\/.+-/));
  // However fast the second click comes, the server sees one intention.
  expect(new Set(launches(stub).map((request) => request.headers["idempotency-key"])).size).toBe(1);
  expect(launches(stub)[0]?.body).toEqual({ dataset_version_id: fixtures.version.id, base_model: "minilm-l6-v2", method: { type: "full" } });
});

it("has its requests as code once, with what is chosen", async () => {
  useStubServer();
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  await screen.findByText("MiniLM L6 v2 · Full fine-tuning · passes by data size");
  const [button, ...others] = await screen.findAllByRole("button", { name: /^As code/ });
  if (button === undefined) throw new Error("a launch is shown as code");
  expect(others).toEqual([]);
  await userEvent.click(button);
  await userEvent.click(await screen.findByRole("button", { name: /Launch this job/ }));
  expect((await screen.findByRole("dialog")).textContent).toContain(fixtures.version.id);
});

it("says what has to be added where no base model learns the task, in place of settings", async () => {
  const stub = useStubServer();
  stub.datasets = [{ ...fixtures.dataset, task: "chat" }];
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  expect(await screen.findByText(/Whoever runs this installation adds one/)).toBeDefined();
  expect(screen.queryByLabelText("Epochs")).toBeNull();
  expect(screen.queryByRole("radio", { name: "No limit" })).toBeNull();
});

it("sends the same key when the same launch is tried again, another one after a change", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/jobs", () => problem(503, "platform.busy", "Try again in a moment."));
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  const launch = await screen.findByRole("button", { name: "Launch" });
  await userEvent.click(launch);
  expect((await screen.findByRole("alert")).textContent).toContain("Try again in a moment.");
  await userEvent.click(launch);
  await waitFor(() => expect(launches(stub)).toHaveLength(2));
  await userEvent.click(screen.getByRole("radio", { name: "LoRA" }));
  await userEvent.click(launch);
  await waitFor(() => expect(launches(stub)).toHaveLength(3));
  const keys = launches(stub).map((request) => request.headers["idempotency-key"]);
  expect(keys[0]).toBe(keys[1]);
  expect(keys[2]).not.toBe(keys[1]);
});

it("does not launch with a wrong setting and says what is wrong with it", async () => {
  useStubServer();
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  await userEvent.type(await screen.findByLabelText("Epochs"), "2.5");
  expect(await screen.findByText("A whole number is needed.")).toBeDefined();
  expect(screen.getByRole("button", { name: "Launch" }).hasAttribute("disabled")).toBe(true);
  const fold = screen.getByText(/^Expert settings/).closest("details");
  if (fold) fold.open = false;
  await userEvent.click(screen.getByRole("button", { name: "“Epochs” needs correcting." }));
  expect(document.activeElement).toBe(screen.getByLabelText("Epochs"));
  expect(fold?.open).toBe(true);
});

it("fills the form from the job that is duplicated", async () => {
  useStubServer();
  renderApp(<NewJobPage />, { path: "/jobs/new", at: `/jobs/new?from=${fixtures.finishedJob.id}` });
  expect((await screen.findByLabelText<HTMLInputElement>("Name (optional)")).value).toBe("Customer service intents, full (copy)");
  expect(screen.getByLabelText<HTMLInputElement>("Batch size").value).toBe("32");
});

it("marks the one setting that a diagnosis proposes, with what it was, and puts the focus there", async () => {
  useStubServer();
  renderApp(<NewJobPage />, { path: "/jobs/new", at: `/jobs/new?from=${fixtures.finishedJob.id}&set=optimisation.epochs&to=12` });
  const epochs = await screen.findByLabelText<HTMLInputElement>("Epochs");
  expect(epochs.value).toBe("12");
  expect(document.activeElement).toBe(epochs);
  expect(screen.getAllByText(/^Proposed\./).map((note) => note.textContent)).toEqual(["Proposed. It was 6."]);
});

it("lets a viewer look but not launch", async () => {
  useStubServer();
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new", role: "viewer" });
  expect((await screen.findByRole("button", { name: "Launch" })).hasAttribute("disabled")).toBe(true);
  expect(screen.getByText("Your role can look but not change anything here.")).toBeDefined();
});

it("offers every method, with the settings that each has, and shows a refusal at its field", async () => {
  const stub = useStubServer();
  const words = "target_rank (20) must be below initial_rank (12)";
  stub.on("POST", "/api/v1/jobs", () => problem(400, "job.spec_invalid", words, "method.target_rank"));
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  const offered = (await screen.findAllByRole("radio", { name: /./ })).filter((radio) => radio.getAttribute("name") === "method");
  expect(offered.map((radio) => radio.getAttribute("value")).sort()).toEqual([...fixtures.baseModel.methods].sort());
  expect(screen.queryByLabelText("Final rank")).toBeNull();
  await userEvent.click(screen.getByRole("radio", { name: "AdaLoRA" }));
  await userEvent.type(screen.getByLabelText("Final rank"), "20");
  await userEvent.click(screen.getByRole("button", { name: "Launch" }));
  await waitFor(() => expect(launches(stub)[0]?.body).toMatchObject({ method: { type: "adalora", target_rank: 20 } }));
  await waitFor(() => expect(screen.getByLabelText("Final rank").getAttribute("aria-invalid")).toBe("true"));
});

it("searches when it is told to, and says how many trials that will be", async () => {
  const stub = useStubServer();
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  await userEvent.click(await screen.findByRole("combobox", { name: "Search" }));
  await userEvent.click(await screen.findByRole("option", { name: "Grid" }));
  const rates = screen.getByRole("textbox", { name: "Values of Learning rate" });
  await userEvent.clear(rates);
  expect(screen.getByRole("button", { name: "Launch" }).hasAttribute("disabled")).toBe(true);
  await userEvent.type(rates, "1e-5, 1e-4");
  await userEvent.click(screen.getByRole("button", { name: "Vary another setting" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Values of Epochs" }), "2 3 4");
  expect(screen.getByText("6 trials, one after the other; the best one is delivered.")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Do not vary Epochs" }));
  await userEvent.click(screen.getByRole("button", { name: "Launch" }));
  await waitFor(() => expect(launches(stub)).toHaveLength(1));
  expect(launches(stub)[0]?.body).toMatchObject({ search: { type: "grid", space: { "optimisation.learning_rate": { type: "choices", values: [1e-5, 1e-4] } } } });
});

it.each([
  ["USD", "Money for the search ($)"],
  ["CNY", "Money for the search (CN¥)"],
])("asks for money in %s", async (currency, label) => {
  useStubServer();
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new", currency });
  await userEvent.click(await screen.findByRole("combobox", { name: "Search" }));
  await userEvent.click(await screen.findByRole("option", { name: "Random" }));
  expect(screen.getByRole("textbox", { name: label })).toBeDefined();
});

it("shows what the server says about a setting that is varied at that setting", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/jobs", () => problem(400, "job.spec_invalid", "This rate is too high.", "search.space.optimisation.learning_rate.values.0"));
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  await userEvent.click(await screen.findByRole("combobox", { name: "Search" }));
  await userEvent.click(await screen.findByRole("option", { name: "Random" }));
  await userEvent.click(screen.getByRole("button", { name: "Launch" }));
  await waitFor(() => expect(screen.getByRole("textbox", { name: "Values of Learning rate" }).getAttribute("aria-invalid")).toBe("true"));
});

const asText = async () => {
  await userEvent.click(await screen.findByRole("button", { name: "Edit as JSON" }));
  return screen.findByRole<HTMLTextAreaElement>("textbox", { name: "The job as JSON" });
};
const write = (area: HTMLTextAreaElement, body: object | string) => fireEvent.change(area, { target: { value: typeof body === "string" ? body : JSON.stringify(body, null, 2) } });

it("is edited as JSON: checked by the server on pause, each problem at its line, and launched as it stands", async () => {
  const stub = useStubServer();
  const message = "optimisation.epochs: Input should be greater than or equal to 1";
  const wrong = { status: 400, body: { error: { code: "job.spec_invalid", message, param: "optimisation.epochs", details: [{ code: "x", message, param: "optimisation.epochs" }], request_id: "r" } } };
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  const area = await asText();
  const body = JSON.parse(area.value) as object;
  expect(body).toEqual({ dataset_version_id: fixtures.version.id, base_model: "minilm-l6-v2", method: { type: "full" } });
  stub.on("POST", "/api/v1/jobs/estimate", () => wrong);
  write(area, { ...body, optimisation: { epochs: 0 } });
  const problems = await screen.findByRole("list", { name: "Problems" }, { timeout: 4000 });
  expect(problems.textContent).toBe(`Line 8${message}`);
  write(area, { ...body, optimisation: { epochs: 2 }, checkpointing: { keep_last: 3 } });
  await userEvent.click(screen.getByRole("button", { name: "Launch" }));
  await waitFor(() => expect(launches(stub)[0]?.body).toMatchObject({ optimisation: { epochs: 2 }, checkpointing: { keep_last: 3 } }));
});

it("says where JSON is broken, and does not launch it", async () => {
  useStubServer();
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  write(await asText(), '{\n  "method": {"type": "full"\n');
  expect((await screen.findByRole("list", { name: "Problems" })).textContent).toContain("Something is not closed");
  expect(screen.getByText("The text needs correcting.")).toBeDefined();
  expect(screen.getByRole("button", { name: "Launch" }).hasAttribute("disabled")).toBe(true);
});

it("asks before it goes back from a text that is no JSON to the form as it was", async () => {
  useStubServer();
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  await userEvent.type(await screen.findByLabelText("Epochs"), "7");
  write(await asText(), '{\n  "seed": 3,\n}');
  expect((await screen.findByRole("list", { name: "Problems" })).textContent).toBe("Line 2A comma is one too many here: nothing follows it.");
  await userEvent.click(screen.getByRole("button", { name: "Back to the form" }));
  await userEvent.click(await screen.findByRole("button", { name: "Leave the text" }));
  expect((await screen.findByLabelText<HTMLInputElement>("Epochs")).value).toBe("7");
});

it("goes back to the form with what it can show, keeps the rest and says so", async () => {
  useStubServer();
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  const area = await asText();
  write(area, { ...(JSON.parse(area.value) as object), optimisation: { epochs: 7 }, checkpointing: { keep_last: 3 } });
  await userEvent.click(screen.getByRole("button", { name: "Back to the form" }));
  expect(screen.getByLabelText<HTMLInputElement>("Epochs").value).toBe("7");
  expect(screen.getByText(/no field for it: checkpointing\.keep_last/)).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Edit as JSON again" }));
  expect((await screen.findByRole<HTMLTextAreaElement>("textbox", { name: "The job as JSON" })).value).toContain("keep_last");
});

/** Fifty newer datasets before the one that is asked for; the list has fifty on a page. */
function withFiftyNewer(stub: StubApi): { id: string; versionId: string; name: string } {
  const [id, versionId, name] = [fixtures.uuid(3051), fixtures.uuid(3151), "Letters of 2019"];
  const newer = Array.from({ length: 50 }, (_, index) => ({ ...structuredClone(fixtures.dataset), id: fixtures.uuid(3000 + index), name: `Newer ${index}` }));
  const latest = { ...structuredClone(fixtures.version), id: versionId, dataset_id: id, task: "similarity" as const };
  const last = { ...structuredClone(fixtures.dataset), id, name, task: "similarity" as const, latest_version: latest };
  stub.datasets = [...newer, last];
  const model = { ...fixtures.baseModel, tasks: ["classification", "similarity"] };
  stub.on("GET", "/api/v1/base-models", () => ({ status: 200, body: { data: [model], next_cursor: null } }));
  return { id, versionId, name };
}

const dataField = () => screen.findByRole<HTMLInputElement>("combobox", { name: "Dataset" });

it("learns from the dataset that an address names, however far down the list it is", async () => {
  const stub = useStubServer();
  const { id, versionId, name } = withFiftyNewer(stub);
  renderApp(<NewJobPage />, { path: "/jobs/new", at: `/jobs/new?dataset=${id}` });
  expect((await dataField()).value).toBe(name);
  expect(screen.getByText("Similarity of texts")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Launch" }));
  await waitFor(() => expect(launches(stub)[0]?.body).toMatchObject({ dataset_version_id: versionId }));
});

it("learns from the version that an address names, however old it is", async () => {
  const stub = useStubServer();
  const old = { ...fixtures.version, id: fixtures.uuid(3400), number: 1 };
  stub.on("GET", "/api/v1/datasets/{id}/versions", ({ query }) => {
    const isSecond = query.get("cursor") === "second";
    return { status: 200, body: { data: [isSecond ? old : fixtures.version], next_cursor: isSecond ? null : "second" } };
  });
  renderApp(<NewJobPage />, { path: "/jobs/new", at: `/jobs/new?dataset=${fixtures.dataset.id}&version=${old.id}` });
  const field = await screen.findByRole<HTMLInputElement>("combobox", { name: "Version" });
  await waitFor(() => expect(field.value).toMatch(/^v1 /u));
  await userEvent.click(screen.getByRole("button", { name: "Launch" }));
  await waitFor(() => expect(launches(stub)[0]?.body).toMatchObject({ dataset_version_id: old.id }));
});

it("shows the data of a duplicated job, however far down the list they are", async () => {
  const stub = useStubServer();
  const { id, versionId, name } = withFiftyNewer(stub);
  const job = { ...structuredClone(fixtures.finishedJob), dataset: { id, name }, launch: { ...fixtures.finishedJob.launch, dataset_version_id: versionId } };
  stub.jobs = [job];
  renderApp(<NewJobPage />, { path: "/jobs/new", at: `/jobs/new?from=${job.id}` });
  expect((await dataField()).value).toBe(name);
  expect(screen.getByRole<HTMLInputElement>("combobox", { name: "Version" }).value).toContain("v");
  expect(screen.getByRole("button", { name: "Launch" }).hasAttribute("disabled")).toBe(false);
});

it("finds any dataset by its name", async () => {
  const stub = useStubServer();
  const { versionId, name } = withFiftyNewer(stub);
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  const field = await dataField();
  expect(field.value).toBe("");
  expect(screen.getByRole("button", { name: "Launch" }).hasAttribute("disabled")).toBe(true);
  await userEvent.type(field, "letters");
  await userEvent.click(await screen.findByRole("option", { name }));
  expect(field.value).toBe(name);
  await userEvent.clear(field);
  await userEvent.type(field, "nowhere");
  expect(await screen.findByText("Nothing matches.")).toBeDefined();
  await userEvent.tab();
  expect(field.value).toBe(name);
  await userEvent.click(screen.getByRole("button", { name: "Launch" }));
  await waitFor(() => expect(launches(stub)[0]?.body).toMatchObject({ dataset_version_id: versionId }));
});

it("says to choose where an address names a dataset that is gone", async () => {
  useStubServer();
  renderApp(<NewJobPage />, { path: "/jobs/new", at: `/jobs/new?dataset=${fixtures.uuid(4999)}` });
  expect((await dataField()).value).toBe("");
  expect(screen.getByText("Choose a dataset first.")).toBeDefined();
});

it("says that a dataset could not be loaded, and tries again", async () => {
  const stub = useStubServer();
  const { id, name } = withFiftyNewer(stub);
  let isDown = true;
  const last = stub.datasets[50];
  stub.on("GET", `/api/v1/datasets/${id}`, () => (isDown ? problem(503, "platform.busy", "Try again in a moment.") : { status: 200, body: last }));
  renderApp(<NewJobPage />, { path: "/jobs/new", at: `/jobs/new?dataset=${id}` });
  expect(await screen.findByText("Try again in a moment.")).toBeDefined();
  isDown = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect((await dataField()).value).toBe(name);
});
