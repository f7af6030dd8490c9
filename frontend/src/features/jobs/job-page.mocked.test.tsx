import { QueryClient } from "@tanstack/react-query";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";

import { jobHistoryQuery, jobQuery } from "@/features/jobs/job-first-queries.ts";
import { JobPage } from "@/features/jobs/job-page.tsx";
import type { Diagnosis } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { runningSearch, searchJob } from "@/testing/search-fixtures.ts";
import { problem } from "@/testing/stub-api.ts";

// A canvas cannot be drawn on here; the curves' arithmetic has tests of its own.
vi.mock("@/components/line-chart.tsx", () => ({ LineChart: ({ title }: { title: string }) => <figure aria-label={title} /> }));

class SilentSource extends EventTarget {
  static opened: SilentSource[] = [];
  readyState = 1;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
    SilentSource.opened.push(this);
  }
  close(): void {
    this.readyState = 2;
  }
}

beforeEach(() => {
  SilentSource.opened = [];
  vi.stubGlobal("EventSource", SilentSource);
});

const show = (id: string) => renderApp(<JobPage />, { path: "/jobs/:jobId", at: `/jobs/${id}` });

it("follows a running job from where its history ends", async () => {
  useStubServer();
  show(fixtures.runningJob.id);
  expect(await screen.findByRole("heading", { level: 1, name: fixtures.runningJob.name })).toBeDefined();
  await waitFor(() => expect(SilentSource.opened).toHaveLength(1));
  expect(SilentSource.opened[0]?.url).toContain(`/api/v1/jobs/${fixtures.runningJob.id}/stream?`);
  expect(SilentSource.opened[0]?.url).toContain("after=96");
  const next = { ...fixtures.runningJob, progress: { ...fixtures.runningJob.progress, step: 123 } };
  SilentSource.opened[0]?.dispatchEvent(new MessageEvent("job", { data: JSON.stringify(next), lastEventId: "130" }));
  expect(await screen.findByText("123")).toBeDefined();
  expect(screen.getByRole("progressbar", { name: "Progress of the job" }).getAttribute("aria-valuenow")).toBe("50");
});

it("asks who is signed in when the line is lost, which does not say why", async () => {
  const server = useStubServer();
  show(fixtures.runningJob.id);
  await waitFor(() => expect(SilentSource.opened).toHaveLength(1));
  expect(server.requests.some(({ path }) => path === "/api/v1/session")).toBe(false);
  SilentSource.opened[0]?.close();
  SilentSource.opened[0]?.onerror?.();
  await waitFor(() => expect(server.requests.some(({ path }) => path === "/api/v1/session")).toBe(true));
});

it("takes the history that was asked for before the page was there", async () => {
  const server = useStubServer();
  const at = `/jobs/${fixtures.runningJob.id}`;
  const client = new QueryClient();
  await Promise.allSettled([client.query(jobQuery(fixtures.runningJob.id)), client.query(jobHistoryQuery(fixtures.runningJob.id))]);
  renderApp(<JobPage />, { path: "/jobs/:jobId", at, client });
  await waitFor(() => expect(SilentSource.opened).toHaveLength(1));
  expect(SilentSource.opened[0]?.url).toContain("after=96");
  const history = /\/(metrics|events)$/;
  expect(server.requests.filter(({ path }) => history.test(path))).toHaveLength(2);
});

it("asks itself where what was asked ahead was refused", async () => {
  const server = useStubServer();
  const at = `/jobs/${fixtures.runningJob.id}`;
  for (const part of ["", "/metrics", "/events"]) server.on("GET", `/api/v1/jobs/{id}${part}`, () => problem(404, "job.not_found", "There is no such job."));
  const client = new QueryClient();
  await Promise.allSettled([client.query(jobQuery(fixtures.runningJob.id)), client.query(jobHistoryQuery(fixtures.runningJob.id))]);
  useStubServer();
  renderApp(<JobPage />, { path: "/jobs/:jobId", at, client });
  expect(await screen.findByRole("heading", { level: 1, name: fixtures.runningJob.name })).toBeDefined();
  await waitFor(() => expect(SilentSource.opened[0]?.url).toContain("after=96"));
});

it("takes in one piece what came in plenty while nobody listened", async () => {
  useStubServer();
  show(fixtures.runningJob.id);
  await waitFor(() => expect(SilentSource.opened).toHaveLength(1));
  expect(SilentSource.opened[0]?.url).toContain("max_points=2000");
  const curves = { series: [{ name: "validation/odd", points: [[97, 9.7, 1], [900, 90, 2]] }], resources: [], clock: [[97, 5], [900, 60]], last_seq: 5000 };
  SilentSource.opened[0]?.dispatchEvent(new MessageEvent("curves", { data: JSON.stringify(curves), lastEventId: "96" }));
  expect(await screen.findByRole("figure", { name: /odd/ })).toBeDefined();
});

it("shows what the job takes of its machine beside its curves, and says what is nearly full as soon as it is", async () => {
  useStubServer();
  show(fixtures.runningJob.id);
  const section = await screen.findByRole("region", { name: "Resource use" });
  expect(await within(section).findByRole("figure", { name: "Memory" })).toBeDefined();
  expect(within(section).getAllByRole("figure")).toHaveLength(3);
  await waitFor(() => expect(SilentSource.opened).toHaveLength(1));
  const told = { seq: 130, seconds: null, points: [], resources: [{ name: "gpu_memory", seconds: 400, value: 76e9 }, { name: "gpu_memory_limit", seconds: 400, value: 80e9 }] };
  SilentSource.opened[0]?.dispatchEvent(new MessageEvent("metrics", { data: JSON.stringify(told), lastEventId: "130" }));
  expect(await within(section).findByText(/GPU memory reached 76 GB, 95% of the 80 GB that there is/)).toBeDefined();
  expect(within(section).getByRole("figure", { name: "GPU memory" })).toBeDefined();
});

it("leaves the machine out where none was measured and none is at work", async () => {
  useStubServer();
  show(fixtures.queuedJob.id);
  expect(await screen.findByRole("region", { name: "Curves" })).toBeDefined();
  await waitFor(() => expect(SilentSource.opened).toHaveLength(1));
  expect(screen.queryByRole("region", { name: "Resource use" })).toBeNull();
});

it("asks before it cancels, and shows where the job is when somebody was faster", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/jobs/{id}/cancel", () => problem(409, "job.wrong_state", "The job has already finished."));
  show(fixtures.runningJob.id);
  await userEvent.click(await screen.findByRole("button", { name: "Cancel job" }));
  await userEvent.click(await screen.findByRole("button", { name: "Cancel the job" }));
  expect((await screen.findByRole("alert")).textContent).toContain("The job has already finished.");
});

it("pauses and offers to resume", async () => {
  useStubServer();
  show(fixtures.runningJob.id);
  await userEvent.click(await screen.findByRole("button", { name: "Pause" }));
  expect(await screen.findByRole("button", { name: "Resume" })).toBeDefined();
});

it("shows the reason of a failure and whose it is", async () => {
  useStubServer();
  show(fixtures.failedJob.id);
  expect(await screen.findByText("Something in the data or settings has to change")).toBeDefined();
  expect(screen.getByText(/The loss became infinite at step 41/)).toBeDefined();
  expect(screen.getByRole("link", { name: "Change and retry" }).getAttribute("href")).toBe(`/jobs/new?from=${fixtures.failedJob.id}`);
});

const diagnosed = {
  code: "length:cut",
  severity: "warning",
  message: "600 training texts (12 %) are longer than the 128 tokens that are read.",
  params: { count: 600, share: 12, max_length: 128 },
  action: { kind: "duplicate", field: "task.max_length", value: 256 },
  warning: "data:truncated",
} as const satisfies Diagnosis;

it("says under the verdict what explains the run, once, and offers the duplicate with that setting", async () => {
  const stub = useStubServer();
  const job = stub.jobs.find(({ id }) => id === fixtures.finishedJob.id);
  job?.diagnoses.push(diagnosed);
  job?.warnings.push({ code: "data:truncated", message: "600 texts are longer.", params: {}, at: fixtures.minutesAfter(1) });
  show(fixtures.finishedJob.id);
  const verdict = await screen.findByRole("region", { name: "Did it help?" });
  const list = within(verdict).getByRole("list", { name: "What explains this run" });
  expect(within(list).getByText(/600 training texts/)).toBeDefined();
  const link = within(list).getByRole("link", { name: "Duplicate with Longest input: 256" });
  expect(link.getAttribute("href")).toBe(`/jobs/new?from=${fixtures.finishedJob.id}&set=task.max_length&to=256`);
  expect(screen.queryByText("600 texts are longer.")).toBeNull();
});

it("leads from a warning about rows to what the data doctor found", async () => {
  const stub = useStubServer();
  const job = stub.jobs.find(({ id }) => id === fixtures.finishedJob.id);
  const at = fixtures.minutesAfter(1);
  job?.warnings.splice(0, 1, { code: "data:leakage", message: "9 of the 168 test rows.", params: {}, at }, { code: "memory:batch_halved", message: "A batch.", params: {}, at });
  show(fixtures.finishedJob.id);
  await screen.findByText("A batch.");
  expect(screen.getAllByRole("link", { name: "Look at the data" }).map((link) => link.getAttribute("href"))).toEqual([`/datasets/${fixtures.dataset.id}?tab=doctor`]);
});

it("offers a duplicate with a setting in words", async () => {
  const stub = useStubServer();
  const action = { kind: "duplicate", field: "task.truncation_side", value: "left" } as const;
  stub.jobs.find(({ id }) => id === fixtures.finishedJob.id)?.diagnoses.push({ ...diagnosed, code: "length:at_the_limit", severity: "info", action });
  show(fixtures.finishedJob.id);
  const link = await screen.findByRole("link", { name: "Duplicate with Cut of long texts: At their beginning" });
  expect(link.getAttribute("href")).toBe(`/jobs/new?from=${fixtures.finishedJob.id}&set=task.truncation_side&to=left`);
});

it("shows a diagnosis while the job runs, as the stream brings it, and offers a viewer no duplicate", async () => {
  useStubServer();
  renderApp(<JobPage />, { path: "/jobs/:jobId", at: `/jobs/${fixtures.runningJob.id}`, role: "viewer" });
  await waitFor(() => expect(SilentSource.opened).toHaveLength(1));
  const tell = (data: object) => SilentSource.opened[0]?.dispatchEvent(new MessageEvent("job", { data: JSON.stringify(data), lastEventId: "130" }));
  tell({ ...fixtures.runningJob, diagnoses: [diagnosed] });
  expect(await screen.findByText(/600 training texts/)).toBeDefined();
  expect(screen.queryByRole("link", { name: /Duplicate with/ })).toBeNull();
  // A look that brings no point leaves the diagnoses out.
  tell({ ...fixtures.runningJob, diagnoses: undefined, progress: { ...fixtures.runningJob.progress, step: 200 } });
  expect(await screen.findByText("200")).toBeDefined();
  expect(screen.getByText(/600 training texts/)).toBeDefined();
});

it("lets a finished model be tried", async () => {
  useStubServer();
  show(fixtures.finishedJob.id);
  await userEvent.type(await screen.findByLabelText("Text"), "Where is my parcel?");
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  expect((await screen.findByRole("list", { name: "Most probable labels" })).textContent).toContain("delivery_status91.4%");
  expect(screen.getByRole("button", { name: /Download full model/ })).toBeDefined();
});

it("says that a foreign or missing job is not there, leads to those that are, and asks for no stream", async () => {
  const stub = useStubServer();
  for (const part of ["/metrics", "/events"]) stub.on("GET", `/api/v1/jobs/{id}${part}`, () => problem(404, "job.not_found", "There is no such job."));
  show(fixtures.uuid(999));
  expect(await screen.findByRole("heading", { name: "Nothing here" })).toBeDefined();
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  expect(screen.getByRole("link", { name: "Jobs" }).getAttribute("href")).toBe("/jobs");
  await waitFor(() => expect(stub.requests.some(({ path }) => path.endsWith("/metrics"))).toBe(true));
  await Promise.resolve();
  expect(SilentSource.opened).toEqual([]);
});

const trialNumbers = (table: HTMLElement) => within(table).getAllByRole("rowheader").map((cell) => Number.parseInt(cell.textContent, 10));

it("shows the trials of a search: the best marked, pruned and failed ones said so, any column sorted", async () => {
  useStubServer();
  show(searchJob.id);
  const table = await within(await screen.findByRole("region", { name: "Trials" })).findByRole("table");
  expect(trialNumbers(table).slice(0, 2)).toEqual([8, 9]);
  expect(within(table).getByRole("rowheader", { name: /8 best/ })).toBeDefined();
  expect(within(table).getAllByText("Pruned")).toHaveLength(3);
  expect(within(table).getByText(/The training went out of control/)).toBeDefined();
  expect(trialNumbers(table).at(-1)).toBe(6);
  await userEvent.click(within(table).getByRole("button", { name: "Accuracy" }));
  expect(within(table).getByRole("columnheader", { name: "Accuracy" }).getAttribute("aria-sort")).toBe("ascending");
  expect(trialNumbers(table)[0]).toBe(3);
  // What has no value is last whichever way it is sorted.
  expect(trialNumbers(table).at(-1)).toBe(6);
  await userEvent.click(within(table).getByRole("button", { name: "Learning rate" }));
  expect(trialNumbers(table)[0]).toBe(1);
});

it("draws a line for each trial and says which settings mattered", async () => {
  useStubServer();
  show(searchJob.id);
  const plot = await screen.findByRole("img", { name: /^12 trials across Learning rate, Epochs, and Learning-rate schedule and Accuracy/ });
  expect(plot.querySelectorAll("path")).toHaveLength(12);
  expect(plot.querySelectorAll('path[data-tone="best"]')).toHaveLength(1);
  const bars = within(screen.getByRole("list", { name: "What mattered" })).getAllByRole("listitem");
  expect(bars.map((bar) => bar.textContent)).toEqual(["Learning rate71.0%", "Epochs21.0%", "Learning-rate schedule8.0%"]);
});

it("shows a running search: trials so far, and the curves of the newest", async () => {
  useStubServer();
  show(runningSearch.id);
  expect(await screen.findByText(/3 of 12 trials are over\. Best: trial 2, Score 0\.918\./)).toBeDefined();
  expect(screen.getByText(/its name is told when the search has ended/)).toBeDefined();
  expect(within(screen.getByRole("list", { name: "Trials under way" })).getByText("Trial 4")).toBeDefined();
  expect(screen.getByText("2m 30s – 4m 30s")).toBeDefined();
  expect(screen.getByRole("progressbar", { name: "Progress of the job" }).getAttribute("aria-valuenow")).toBe("28");
  await waitFor(() => expect(screen.getByRole<HTMLInputElement>("combobox", { name: "Curves of which trial" }).value).toBe("Trial 3"));
});

it("says what the trials of a search may cost", async () => {
  const stub = useStubServer();
  const costly = stub.jobs.find((job) => job.id === runningSearch.id);
  if (costly === undefined || costly.spec.search.type === "none") throw new Error("the stand-in has this search");
  costly.spec.search.max_cost = 2.5;
  show(runningSearch.id);
  expect(await screen.findByText(/They may cost \$2\.50\./)).toBeDefined();
});

it("waits for the first trial of a search", async () => {
  const stub = useStubServer();
  const waiting = stub.jobs.find((job) => job.id === runningSearch.id);
  if (waiting?.search == null) throw new Error("the stand-in has this search");
  Object.assign(waiting.search, { num_ended: 0, best: null });
  show(runningSearch.id);
  expect(await screen.findByText("No trial is over yet.")).toBeDefined();
});

it("says which quota keeps a job in the queue", async () => {
  const stub = useStubServer();
  const waiting = stub.jobs.find((job) => job.id === fixtures.queuedJob.id);
  if (waiting === undefined) throw new Error("the stand-in has this job");
  Object.assign(waiting, { waits_for: { quota: "running_jobs", message: "It waits for a place: 3 of the 3 jobs are running." } });
  show(fixtures.queuedJob.id);
  expect(await screen.findByText("It waits for a place: 3 of the 3 jobs are running.")).toBeDefined();
});

it("has a job's tags beside its name, not above what became of it", async () => {
  useStubServer();
  show(fixtures.failedJob.id);
  const header = (await screen.findByRole("heading", { level: 1, name: fixtures.failedJob.name })).closest("header");
  expect(header?.contains(screen.getByRole("combobox", { name: "Add a tag" }))).toBe(true);
});

it("says how long a job has run so far", async () => {
  const stub = useStubServer();
  Object.assign(stub.jobs[0] ?? {}, { started_at: new Date(Date.now() - 150_000).toISOString() });
  show(fixtures.runningJob.id);
  const run = within(await screen.findByRole("region", { name: "This run" }));
  expect(run.getByText("Duration").nextElementSibling?.textContent).toMatch(/^2m 3\ds$/);
});
