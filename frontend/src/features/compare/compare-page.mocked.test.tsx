import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";

import { ComparePage } from "@/features/compare/compare-page.tsx";
import type { Curve } from "@/components/line-chart.tsx";
import { better, comparisonOf } from "@/testing/compare-fixtures.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

interface ChartProps {
  title: string;
  curves: readonly Curve[];
  hidden: ReadonlySet<string>;
  onToggle: (key: string) => void;
}

// A canvas cannot be drawn on here; what is handed to the chart is what matters.
vi.mock("@/components/line-chart.tsx", () => ({
  LineChart: ({ title, curves, hidden, onToggle }: ChartProps) => (
    <figure aria-label={title}>
      {curves.map(({ key, label, points, band }) => (
        <button key={key} type="button" aria-pressed={!hidden.has(key)} onClick={() => onToggle(key)} data-last={points.at(-1)?.[2]} data-reach={band && `${band.low.at(-1)?.[2]} ${band.high.at(-1)?.[2]}`}>
          {label}
        </button>
      ))}
    </figure>
  ),
}));

const { finishedJob: full, runningJob: lora, failedJob: failed } = fixtures;
const other = { ...full, id: fixtures.uuid(38), name: "Customer service intents, last layers" };

let stub: StubApi;
beforeEach(() => {
  stub = useStubServer();
  stub.jobs.push(structuredClone(other));
});

const show = (query: string, role: "owner" | "viewer" = "owner") => renderApp(<ComparePage />, { path: "/compare", at: `/compare?${query}`, role });
const asked = () => stub.requests.filter(({ path }) => path === "/api/v1/jobs/compare").at(-1)?.query;

it("says in sentences which job is better, and why another cannot be told", async () => {
  show(`jobs=${full.id},${other.id},${lora.id}`, "viewer");
  const verdicts = await screen.findByRole("region", { name: `Against “${full.name}”` });
  expect(within(verdicts).getByText("Better")).toBeDefined();
  expect(verdicts.textContent).toContain(`Accuracy: 92.9% instead of 85.1% for “${full.name}”, 7.8 points better (95% interval of the gain: 2.1 to 13.6 points).`);
  expect(verdicts.textContent).toContain("On the 168 held-out rows that both were judged on. Exact McNemar test: p = 0.004.");
  expect(verdicts.textContent).toContain("has no result");
  expect(verdicts.textContent).not.toContain("Holm");
});

it("says that no row tells two jobs apart rather than give an interval of nothing", async () => {
  stub.on("GET", "/api/v1/jobs/compare", () => {
    const found = comparisonOf([full, other], full.id);
    const pairs = found.pairs.map((pair) => ({ ...pair, figures: { ...better, outcome: "no_difference", after: better.before, difference: { value: 0, low: 0, high: 0 } } }));
    return { status: 200, body: { ...found, pairs } };
  });
  show(`jobs=${full.id},${other.id}`);
  expect(await screen.findByText(`Accuracy: 85.1%, as for “${full.name}”: no row tells the two apart.`)).toBeDefined();
});

it("is printed with the press of a button, once there is something to print", async () => {
  const print = vi.fn();
  vi.stubGlobal("print", print);
  show(`jobs=${full.id},${other.id}`);
  await screen.findByRole("heading", { level: 1 });
  expect(screen.queryByRole("button", { name: "Print" })).toBeNull();
  await userEvent.click(await screen.findByRole("button", { name: "Print" }));
  expect(print).toHaveBeenCalledOnce();
});

it("names the correction where there are several comparisons", async () => {
  stub.on("GET", "/api/v1/jobs/compare", () => {
    const figures = { metric: "accuracy", is_lower_better: false, num_shared: 90, num_rows: 90, p_value: 0.03, test: "mcnemar" };
    const interval = { value: 0.9, low: 0.8, high: 1 };
    const pair = { figures: { ...figures, before: interval, after: interval, difference: { value: 0.04, low: 0.01, high: 0.07 }, outcome: "no_difference" }, p_corrected: 0.06, reason: null, message: "" };
    const jobs = [full, other, failed].map((job) => ({ ...job, method: "full", training_s: 3, result: null }));
    return { status: 200, body: { baseline_id: full.id, jobs, settings: [], pairs: [other, failed].map(({ id }) => ({ ...pair, job_id: id })), num_comparisons: 2 } };
  });
  show(`jobs=${full.id},${other.id},${failed.id}`);
  expect(await screen.findByText(/With 2 comparisons one may look good by luck/)).toBeDefined();
  expect(screen.getAllByText(/p = 0.030. Corrected for all comparisons: p = 0.060./)).toHaveLength(2);
  expect(screen.getByText("The settings are the same.")).toBeDefined();
  expect(screen.getByText("None of these jobs has a result yet.")).toBeDefined();
});

it("compares with the baseline that is chosen and keeps it in the address", async () => {
  const { router } = show(`jobs=${full.id},${other.id}`);
  await userEvent.click(await screen.findByRole("radio", { name: `Baseline: ${other.name}` }));
  expect(router.state.location.search).toBe(`?jobs=${full.id},${other.id}&baseline=${other.id}`);
  await waitFor(() => expect(asked()?.get("baseline")).toBe(other.id));
  expect(await screen.findByRole("region", { name: `Against “${other.name}”` })).toBeDefined();
});

it("removes jobs until one is left, then asks for another and adds it", async () => {
  const { router } = show(`jobs=${full.id},${other.id}`);
  await userEvent.click(await screen.findByRole("button", { name: `Remove ${other.name} from the comparison` }));
  expect(router.state.location.search).toBe(`?jobs=${full.id}`);
  expect(await screen.findByText(`What should “${full.name}” be compared with? Find another job by its name above.`)).toBeDefined();
  await userEvent.type(screen.getByRole("combobox", { name: "Add a job" }), "last");
  await userEvent.click(await screen.findByRole("option", { name: new RegExp(other.name) }));
  expect(router.state.location.search).toBe(`?jobs=${full.id},${other.id}`);
});

it("hides a job in every chart at once", async () => {
  show(`jobs=${full.id},${other.id}`);
  const charts = await screen.findAllByRole("figure", { name: /./ });
  expect(charts.length).toBeGreaterThan(2);
  const [button] = screen.getAllByRole("button", { name: other.name, pressed: true });
  if (button) await userEvent.click(button);
  expect(screen.queryAllByRole("button", { name: other.name, pressed: true })).toHaveLength(0);
  expect(screen.getAllByRole("button", { name: full.name, pressed: true })).toHaveLength(charts.length);
});

it("draws jobs of one tag as a line with how far they reach, and keeps the grouping in the address whatever else is chosen", async () => {
  const losses: Record<string, number> = { [full.id]: 0.2, [other.id]: 0.4, [lora.id]: 0.9 };
  stub.on("GET", "/api/v1/jobs/{id}/metrics", (_, id) => ({ status: 200, body: { series: [{ name: "validation/loss", points: [[1, 1, losses[id]]] }], resources: [], clock: [] } }));
  for (const { id } of [full, other]) Object.assign(stub.jobs.find((job) => job.id === id) ?? {}, { tags: ["winter"] });
  const { router } = show(`jobs=${full.id},${other.id},${lora.id}`);
  await userEvent.click(await screen.findByRole("combobox", { name: "Group by" }));
  await userEvent.click(await screen.findByRole("option", { name: "By tag" }));
  expect(router.state.location.search).toContain("&group=tag");
  const chart = await screen.findByRole("figure", { name: /loss/i });
  const winter = within(chart).getByRole("button", { name: "winter (2)" });
  expect(Number(winter.dataset["last"])).toBeCloseTo(0.3);
  expect(winter.dataset["reach"]).toBe("0.2 0.4");
  expect(within(chart).getByRole("button", { name: "Without a tag" }).dataset, "one alone has no band").toEqual({ last: "0.9" });
  await userEvent.click(screen.getByRole("radio", { name: `Baseline: ${other.name}` }));
  expect(router.state.location.search).toContain("&group=tag");
});

it("draws the trials of a search as one line with how far they reach", async () => {
  const trials = [1, 2].map((number) => ({ name: `trial-${number}/train/loss`, points: [[1, 1, number]] }));
  stub.on("GET", "/api/v1/jobs/{id}/metrics", (_, id) => ({ status: 200, body: { series: id === full.id ? trials : [{ name: "train/loss", points: [[1, 1, 5]] }], resources: [], clock: [] } }));
  show(`jobs=${full.id},${other.id}&group=search`);
  const search = await screen.findByRole("button", { name: `${full.name} (2)` });
  expect(search.dataset).toEqual({ last: "1.5", reach: "1 2" });
  expect(screen.getByRole("button", { name: other.name, pressed: true }).dataset).toEqual({ last: "5" });
});

it("shows the rows on which they disagree page by page, with the answers that were kept", async () => {
  show(`jobs=${full.id},${other.id}`);
  const rows = await screen.findByRole("list", { name: "Rows where they disagree" });
  const [first, second] = within(rows).getAllByRole("listitem");
  expect(first?.textContent).toContain("Message number 1");
  expect(first?.textContent).toContain("Wrongcomplaint");
  expect(first?.textContent).toContain("Rightrefund_request");
  expect(second?.textContent).toContain("Its answer was not kept.");
  await userEvent.click(screen.getByRole("button", { name: "Next (10)" }));
  expect(await screen.findByText("Message number 11")).toBeDefined();
});

it("asks for these rows anew when another of the jobs has a result", async () => {
  const untold = { kind: "right_or_wrong", metric: null, is_lower_better: false, job_ids: [], roles: [], total: 0, data: [] };
  stub.on("GET", "/api/v1/jobs/compare/rows", () => ({ status: 200, body: untold }));
  const { client } = show(`jobs=${full.id},${lora.id}`);
  expect(await screen.findByText(/^None of these jobs can be compared with the baseline row by row/)).toBeDefined();
  stub.on("GET", "/api/v1/jobs/compare/rows", () => ({ status: 200, body: { ...untold, metric: "accuracy" } }));
  Object.assign(stub.jobs.find(({ id }) => id === lora.id) ?? {}, { state: "succeeded" });
  await client.invalidateQueries({ queryKey: ["compare", [full.id, lora.id]] });
  expect(await screen.findByText("There is no row on which they disagree.")).toBeDefined();
});

it("lists each job's value of a setting that differs, and which of them auto chose", async () => {
  show(`jobs=${full.id},${lora.id}`);
  const row = (await screen.findByRole("rowheader", { name: "optimisation.learning_rate" })).closest("tr");
  expect(row?.textContent).toBe("optimisation.learning_rate2e-5 (auto)4e-5");
});

it("says what went wrong, and that a job is not there", async () => {
  stub.on("GET", "/api/v1/jobs/compare", () => problem(500, "server.error", "Something went wrong on our side."));
  const first = show(`jobs=${full.id},${other.id}`);
  expect((await screen.findByRole("alert")).textContent).toContain("Something went wrong on our side.");
  first.unmount();
  stub.on("GET", "/api/v1/jobs/compare", () => problem(404, "job.not_found", "There is no such job."));
  show(`jobs=${full.id},${fixtures.uuid(999)}`);
  expect(await screen.findByRole("heading", { name: "Nothing here" })).toBeDefined();
});

it("draws the way from settings to results, and tells which setting went with them", async () => {
  const rates = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3];
  const ids = rates.map((_, at) => fixtures.uuid(60 + at));
  stub.on("GET", "/api/v1/jobs/compare", () => {
    const jobs = ids.map((id, at) => ({
      ...full,
      id,
      name: `Rate ${at}`,
      method: "full",
      training_s: 3,
      best_trial: null,
      result: { primary: "accuracy", num_rows: 90, split: "test", metrics: { accuracy: { value: 0.9 - at * 0.1, low: 0, high: 1 } } },
    }));
    const setting = (path: string, values: readonly (number | string | null)[]) => ({ path, values: ids.map((id, at) => ({ job_id: id, value: values[at] ?? null, is_auto: false })) });
    const settings = [setting("optimisation.learning_rate", rates), setting("optimisation.schedule", ["linear", "cosine", "linear", "cosine", "linear"]), setting("method.rank", [8, null, 8, null, 16])];
    return { status: 200, body: { baseline_id: ids[0], jobs, settings, pairs: [], num_comparisons: 0 } };
  });
  show(`jobs=${ids.join(",")}`);
  const plot = await screen.findByRole("img", { name: "5 jobs, each a line from its settings to its result (Accuracy)" });
  const lines = [...plot.querySelectorAll("path")].map((line) => line.getAttribute("d") ?? "");
  expect(lines).toHaveLength(5);
  expect(lines.filter((line) => line.split("L").length === 4), "where a job has no such setting its line goes on").toHaveLength(3);
  const row = (path: string) => screen.getByRole("rowheader", { name: path }).closest("tr")?.textContent;
  expect(screen.getByRole("columnheader", { name: "With Accuracy" })).toBeDefined();
  expect(row("optimisation.learning_rate")).toBe("optimisation.learning_rate-11e-53e-51e-43e-40.001");
  expect(row("optimisation.schedule"), "words have no order").toMatch(/^optimisation.schedule–/);
  expect(row("method.rank"), "too few numbers").toMatch(/^method.rank–/);
  const mattered = within(screen.getByRole("list", { name: "What mattered" })).getAllByRole("listitem");
  expect(mattered.map((item) => item.textContent)).toEqual(["optimisation.learning_rate100.0%", "optimisation.schedule0.0%"]);
});

it("shows many jobs: eight verdicts and more at a wish, and those that made the same of a row together", async () => {
  const many = Array.from({ length: 12 }, (_, at) => ({ ...full, id: fixtures.uuid(80 + at), name: `Run ${at}`, method: "full", training_s: 3, best_trial: null, result: null }));
  const ids = many.map(({ id }) => id);
  stub.on("GET", "/api/v1/jobs/compare", () => {
    const pairs = ids.slice(1).map((id) => ({ job_id: id, figures: null, p_corrected: null, reason: "task", message: `Not ${id}` }));
    return { status: 200, body: { baseline_id: ids[0], jobs: many, settings: [], pairs, num_comparisons: 0 } };
  });
  stub.on("GET", "/api/v1/jobs/compare/rows", () => {
    const row = { id: 1, row: 4, split: "test", cells: { text: "Where is it?" }, long: [], labels: [] };
    const answers = ids.map((id, at) => ({ job_id: id, figure: at < 3 ? 0 : 1, is_right: at >= 3, answer: at < 3 ? "lost" : "found" }));
    return { status: 200, body: { kind: "right_or_wrong", metric: "accuracy", is_lower_better: false, job_ids: ids, roles: ["text"], total: 1, data: [{ row, answers }] } };
  });
  show(`jobs=${ids.join(",")}`);
  const verdicts = await screen.findByRole("region", { name: "Against “Run 0”" });
  expect(within(verdicts).getAllByRole("listitem")).toHaveLength(8);
  await userEvent.click(within(verdicts).getByRole("button", { name: "Show more" }));
  expect(within(verdicts).getAllByRole("listitem")).toHaveLength(11);
  const [row] = within(await screen.findByRole("list", { name: "Rows where they disagree" })).getAllByRole("listitem");
  expect(row?.querySelectorAll("dd")).toHaveLength(3);
  expect(row?.textContent).not.toContain("Run 9");
  await userEvent.click(screen.getByRole("button", { name: "3 more" }));
  expect(row?.textContent).toContain("Run 9Run 10Run 11Right");
  expect(row?.textContent).toContain("Run 0Run 1Run 2Wronglost");
});
