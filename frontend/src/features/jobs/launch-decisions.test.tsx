import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { MOST_JOBS } from "@/features/compare/compare-address.ts";
import { MOST_COMBINATIONS } from "@/features/jobs/batch-form.ts";
import { NewJobPage } from "@/features/jobs/new-job-page.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import * as readings from "@/testing/reading-fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

const PAGE = { path: "/jobs/new", at: "/jobs/new" };
const launches = (stub: StubApi) => stub.requests.filter((request) => request.method === "POST" && request.path === "/api/v1/jobs");
const keysOf = (stub: StubApi) => launches(stub).map((request) => request.headers["idempotency-key"]);
const choice = (name: string) => screen.findByRole<HTMLInputElement>("radio", { name });

/** Estimates that tell the choices apart. */
function withEstimates(stub: StubApi, hasPrice = true) {
  stub.on("POST", "/api/v1/jobs/estimate", ({ body }) => {
    const { method, search } = body as { method: { type: string }; search?: object };
    const factor = method.type === "last_layers" ? 60 : search === undefined ? 300 : 1200;
    const range = { low: factor, likely: factor * 2, high: factor * 3 };
    return { status: 200, body: { ...readings.estimate, seconds: range, price: hasPrice ? { low: factor / 100, likely: 0, high: factor / 50 } : null, limits: [] } };
  });
}

it("promises the largest base model where there are several", async () => {
  const stub = useStubServer();
  const { unmount } = renderApp(<NewJobPage />, PAGE);
  expect(await screen.findByText("Three learning rates are tried, and validation chooses.")).toBeDefined();
  unmount();
  const larger = { ...fixtures.baseModel, slug: "larger", num_parameters: 2 * fixtures.baseModel.num_parameters };
  stub.on("GET", "/api/v1/base-models", () => ({ status: 200, body: { data: [fixtures.baseModel, larger], next_cursor: null } }));
  renderApp(<NewJobPage />, PAGE);
  expect(await screen.findByText("The largest base model here; three learning rates are tried, and validation chooses.")).toBeDefined();
});

it("says what the data is for, and what each of three choices takes in time and money", async () => {
  withEstimates(useStubServer());
  renderApp(<NewJobPage />, PAGE);
  expect((await choice("Balanced")).checked).toBe(true);
  expect(screen.getByText("Classification").closest("p")?.textContent).toBe("Understood as: Classification");
  const consequence = async (name: string) => {
    const card = (await choice(name)).closest("label");
    await waitFor(() => expect(card?.textContent).toMatch(/to .+\$/));
    return card?.textContent;
  };
  expect(await consequence("Quick and cheap")).toMatch(/MiniLM L6 v2 · Output layer alone · 1 pass60 sec to 3 min\$0\.60 to \$1\.20/);
  expect(await consequence("Balanced")).toMatch(/Full fine-tuning · passes by data size5 min to 15 min/);
  expect(await consequence("As good as it gets")).toMatch(/3 learning rates tried20 min to 60 min/);
});

it("launches what the choice stands for, and keeps the limit when the choice is another", async () => {
  const stub = useStubServer();
  renderApp(<NewJobPage />, PAGE);
  await userEvent.click(await choice("Time"));
  const minutes = screen.getByLabelText<HTMLInputElement>("Minutes");
  await userEvent.clear(minutes);
  expect(screen.getByText("Say how much, or choose no limit.")).toBeDefined();
  expect(screen.getByRole("button", { name: "Launch" }).hasAttribute("disabled")).toBe(true);
  await userEvent.type(minutes, "1.5");
  await userEvent.click(await choice("As good as it gets"));
  expect(minutes.value).toBe("1.5");
  await userEvent.click(screen.getByRole("button", { name: "Launch" }));
  await waitFor(() => expect(launches(stub)).toHaveLength(1));
  expect(launches(stub)[0]?.body).toMatchObject({ search: { type: "grid", max_seconds: 90 } });
});

it("offers a limit of money only where an hour has a price", async () => {
  const stub = useStubServer();
  withEstimates(stub, false);
  renderApp(<NewJobPage />, PAGE);
  expect(await screen.findByText("Training has no price here.")).toBeDefined();
  expect((await choice("Money")).disabled).toBe(true);
});

it("calls a changed expert setting own settings, and brings them back after a look at another choice", async () => {
  const stub = useStubServer();
  renderApp(<NewJobPage />, PAGE);
  await choice("Balanced");
  expect(screen.queryByRole("radio", { name: "Own settings" })).toBeNull();
  await userEvent.type(screen.getByLabelText("Epochs"), "7");
  expect((await choice("Own settings")).checked).toBe(true);
  expect(screen.getByText("Expert settings (1 changed)")).toBeDefined();
  await userEvent.click(await choice("Quick and cheap"));
  expect(screen.getByLabelText<HTMLInputElement>("Epochs").value).toBe("1");
  expect(screen.getByText(/This is what “Quick and cheap” has set/)).toBeDefined();
  await userEvent.click(await choice("Own settings"));
  await userEvent.click(screen.getByRole("button", { name: "Launch" }));
  await waitFor(() => expect(launches(stub)[0]?.body).toEqual({ dataset_version_id: fixtures.version.id, base_model: "minilm-l6-v2", method: { type: "full" }, optimisation: { epochs: 7 } }));
});

it("leaves the expert settings open while a setting is put back to what the choice says", async () => {
  useStubServer();
  renderApp(<NewJobPage />, PAGE);
  await choice("Balanced");
  const folded = screen.getByText("Expert settings").closest("details");
  await userEvent.click(screen.getByText("Expert settings"));
  const epochs = screen.getByLabelText<HTMLInputElement>("Epochs");
  await userEvent.type(epochs, "7");
  await userEvent.clear(epochs);
  expect((await choice("Balanced")).checked).toBe(true);
  expect(folded?.open).toBe(true);
});

async function severalSeeds(seeds: string) {
  await userEvent.click(await screen.findByRole("switch", { name: "Make several jobs that differ in one thing or two" }));
  expect(screen.getAllByText(/Choose two or more/)).not.toHaveLength(0);
  await userEvent.type(screen.getByLabelText("Seeds"), seeds);
  return screen.findByRole("table", { name: "Jobs of the batch" });
}

it("shows a row for each job of a batch with what it takes, and what the chosen ones take together", async () => {
  withEstimates(useStubServer());
  renderApp(<NewJobPage />, PAGE);
  const table = await severalSeeds("1, 2, 3");
  await waitFor(() => expect(within(table).getAllByText("5 min to 15 min")).toHaveLength(3), { timeout: 4000 });
  const total = () => within(table).getByRole("rowheader", { name: /together/ }).closest("tr")?.textContent;
  expect(total()).toBe("3 jobs together15 min to 45 min$9.00 to $18.00");
  await userEvent.click(within(table).getByRole("checkbox", { name: "Launch seed 2" }));
  expect(total()).toBe("2 jobs together10 min to 30 min$6.00 to $12.00");
  expect(screen.getByRole("button", { name: "Launch 2 jobs" })).toBeDefined();
});

it("warns of a batch that would use up the hours together, and of what each of its jobs runs into once", async () => {
  const stub = useStubServer();
  const hit = { field: "limits.max_seconds", limit: 60, is_certain: true, message: "It would be ended after a minute." };
  stub.on("POST", "/api/v1/jobs/estimate", () => ({ status: 200, body: { ...readings.estimate, work_seconds: { low: 1800, likely: 3600, high: 7200 }, quota_left_s: 14_400, limits: [hit] } }));
  renderApp(<NewJobPage />, PAGE);
  const table = await severalSeeds("1, 2, 3");
  const beside = within(screen.getByRole("complementary", { name: "What it comes to" }));
  expect(await beside.findByText(/^4 h of the organisation’s training hours of this month are left, and these jobs may take more together/)).toBeDefined();
  expect(beside.getAllByText(hit.message)).toHaveLength(1);
  await userEvent.click(within(table).getByRole("checkbox", { name: "Launch seed 2" }));
  expect(beside.queryByText(/may take more together/)).toBeNull();
});

it("makes each job of a batch once, however often it is sent, and leads to their comparison", async () => {
  const stub = useStubServer();
  const { router } = renderApp(<NewJobPage />, PAGE);
  await severalSeeds("1, 2");
  await userEvent.dblClick(screen.getByRole("button", { name: "Launch 2 jobs" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/compare"));
  const ids = stub.jobs.slice(0, 2).map(({ id }) => id);
  expect(router.state.location.search).toBe(`?jobs=${ids.toReversed().join(",")}`);
  expect(launches(stub).map(({ body }) => body)).toMatchObject([
    { name: `seed 1 · ${fixtures.dataset.name}`, seed: 1 },
    { name: `seed 2 · ${fixtures.dataset.name}`, seed: 2 },
  ]);
  expect(new Set(keysOf(stub)).size).toBe(2);
  const batches = launches(stub).map(({ body }) => (body as { batch_id: string }).batch_id);
  expect(new Set(batches), "they are told apart from jobs that were launched alone").toEqual(new Set([expect.stringMatching(/^[0-9a-f-]{36}$/)]));
});

it("says which jobs were made and which not, and tries only the rest again, with their keys", async () => {
  const stub = useStubServer();
  let isFull = true;
  stub.on("POST", "/api/v1/jobs", ({ body }) => {
    const { seed } = body as { seed: number };
    if (seed === 2 && isFull) return problem(409, "job.too_many_queued", "Too many jobs wait.");
    const job = { ...structuredClone(fixtures.runningJob), id: fixtures.uuid(900 + seed) };
    stub.jobs.unshift(job);
    return { status: 201, body: job };
  });
  const { router } = renderApp(<NewJobPage />, PAGE);
  const table = await severalSeeds("1, 2, 3");
  await userEvent.click(screen.getByRole("button", { name: "Launch 3 jobs" }));
  const alert = await screen.findByText("2 made, 1 not");
  expect(alert.closest("[role=alert]")).not.toBeNull();
  const row = (name: RegExp) => within(table).getByRole("rowheader", { name });
  expect(row(/seed 2/).textContent).toContain("Not made: Too many jobs wait.");
  expect(within(row(/seed 3/)).getByRole("link", { name: "See the job" }).getAttribute("href")).toBe(`/jobs/${fixtures.uuid(903)}`);
  expect(screen.getByRole("link", { name: "Compare the 2 that are made" })).toBeDefined();
  expect(router.state.location.pathname).toBe("/jobs/new");
  isFull = false;
  await userEvent.click(screen.getByRole("button", { name: "Try the other one again" }));
  await waitFor(() => expect(router.state.location.search).toBe(`?jobs=${[901, 902, 903].map(fixtures.uuid).join(",")}`));
  const keys = keysOf(stub);
  expect(keys).toHaveLength(4);
  expect(keys[3]).toBe(keys[1]);
});

it("makes no job twice when the page is loaded anew before every launch was answered", async () => {
  const stub = useStubServer();
  let isOnline = false;
  stub.on("POST", "/api/v1/jobs", ({ body }) => {
    const { seed } = body as { seed: number };
    if (seed === 2 && !isOnline) throw new TypeError("the line broke");
    const job = { ...structuredClone(fixtures.runningJob), id: fixtures.uuid(900 + seed) };
    return { status: 201, body: job };
  });
  const { unmount } = renderApp(<NewJobPage />, PAGE);
  await severalSeeds("1, 2");
  await userEvent.click(screen.getByRole("button", { name: "Launch 2 jobs" }));
  await screen.findByText("1 made, 1 not");
  unmount();
  isOnline = true;
  // The batch stands there as it was left.
  const { router } = renderApp(<NewJobPage />, PAGE);
  await userEvent.click(await screen.findByRole("button", { name: "Launch 2 jobs" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/compare"));
  const keys = keysOf(stub);
  expect(keys.slice(2)).toEqual(keys.slice(0, 2));
  const bodies = launches(stub).map(({ body }) => body);
  expect(bodies.slice(2), "a key goes with one body").toEqual(bodies.slice(0, 2));
  expect(sessionStorage.getItem("anneal.launch-keys"), "what is answered is over").toBeNull();
});

it("launches no more combinations than the comparison holds, and without those that are taken out", async () => {
  expect(MOST_COMBINATIONS).toBeLessThanOrEqual(MOST_JOBS);
  useStubServer();
  renderApp(<NewJobPage />, PAGE);
  await severalSeeds("1 2 3 4 5 6 7 8 9");
  const button = () => screen.getByRole("button", { name: /^Launch \d jobs/ });
  expect(button().textContent).toBe("Launch 9 jobs");
  await userEvent.click(screen.getByRole("checkbox", { name: "Launch seed 5" }));
  expect(button().textContent).toBe("Launch 8 jobs");
});

it("leaves out of a batch what the server would refuse", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/jobs/estimate", ({ body }) =>
    (body as { method: { type: string } }).method.type === "lora" ? problem(400, "job.rank_too_large", "The rank is too large.", "method.rank") : { status: 200, body: readings.estimate },
  );
  renderApp(<NewJobPage />, PAGE);
  await userEvent.click(await screen.findByRole("switch", { name: "Make several jobs that differ in one thing or two" }));
  for (const name of ["Full fine-tuning", "LoRA", "BitFit"]) await userEvent.click(screen.getByRole("checkbox", { name }));
  expect(await screen.findByText("The rank is too large.", {}, { timeout: 4000 })).toBeDefined();
  expect(screen.queryByRole("checkbox", { name: "Launch LoRA" })).toBeNull();
  expect(screen.getByRole("button", { name: "Launch 2 jobs" })).toBeDefined();
});
