import { act, fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useEffect, useMemo, useState } from "react";
import uPlot from "uplot";
import { beforeEach, expect, it, vi } from "vitest";

import { type Curve, type HorizontalAxis, LineChart } from "@/components/line-chart.tsx";
import type { Point } from "@/lib/series.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

const axis: HorizontalAxis = { key: "test-steps", of: ([step]) => step, format: String, smallest: 1, read: (step) => `Step ${step}` };
const curveOf = (count: number): Curve => ({
  key: "train/loss",
  label: "Training",
  color: "--steel-mark",
  dash: [],
  points: Array.from({ length: count }, (_, index): Point => [index * 10, index, 100 - index]),
});

/** Makes the curve of the last chart that was shown longer. */
let grow: (count: number) => void = () => undefined;
function Growing({ title = "Loss" }: { title?: string }) {
  const [count, setCount] = useState(11);
  useEffect(() => {
    grow = setCount;
  }, []);
  const curves = useMemo(() => [curveOf(count)], [count]);
  return <LineChart title={title} curves={curves} axis={axis} formatValue={String} />;
}

beforeEach(() => {
  useStubServer();
  // Nothing can be drawn on here, nor need it be: what a chart shows, its scales say.
  const paper: CanvasRenderingContext2D = new Proxy({} as CanvasRenderingContext2D, {
    get: (_, name) => (name === "measureText" ? () => ({ width: 10 }) : () => undefined),
    set: () => true,
  });
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(paper);
  vi.stubGlobal(
    "Path2D",
    class {
      lineTo = vi.fn();
      moveTo = vi.fn();
      rect = vi.fn();
      arc = vi.fn();
      bezierCurveTo = vi.fn();
    },
  );
});

const plots = () => uPlot.sync(axis.key).plots;
const shown = (at = 0, scale = "x") => [plots()[at]?.scales[scale]?.min, plots()[at]?.scales[scale]?.max];
const slider = (title = "Loss") => within(screen.getByRole("figure", { name: title })).getByRole("slider");
const press = (key: string) => fireEvent.keyDown(slider(), { key });
const whole = () => screen.queryByRole("button", { name: "Whole curve" });
/** uPlot draws after the task that told it to. */
const settle = () => act(async () => await Promise.resolve());
const growTo = (count: number) =>
  act(async () => {
    grow(count);
    await Promise.resolve();
  });

async function open(element = <Growing />) {
  renderApp(element);
  await screen.findAllByRole("slider");
  await settle();
}

it("shows all points as they arrive, as long as nobody zooms", async () => {
  await open();
  await growTo(21);
  expect(shown()).toEqual([0, 200]);
  expect(whole()).toBeNull();
});

it("shades between the bounds of a curve, which the heights make room for", async () => {
  const bounds = (amount: number) => curveOf(11).points.map(([step, epoch, value]): Point => [step, epoch, value + amount]);
  await open(<LineChart title="Loss" curves={[{ ...curveOf(11), band: { low: bounds(-20), high: bounds(20) } }, { ...curveOf(11), key: "other" }]} axis={axis} formatValue={String} />);
  // Which there are, uPlot's types leave out.
  const [chart] = plots() as (uPlot & { bands: uPlot.Band[] })[];
  expect(chart?.bands.map(({ series }) => series)).toEqual([[6, 5]]);
  expect(chart?.data.length).toBe(7);
  expect(shown(0, "y")[0]).toBeLessThanOrEqual(70);
  expect(shown(0, "y")[1]).toBeGreaterThanOrEqual(120);
});

it("keeps what the reader zoomed to while points arrive, with the heights of what is visible", async () => {
  await open();
  act(() => plots()[0]?.setScale("x", { min: 20, max: 40 }));
  await settle();
  const heights = shown(0, "y");
  await growTo(21);
  expect(shown()).toEqual([20, 40]);
  expect(shown(0, "y")).toEqual(heights);
  await growTo(60);
  expect(plots()).toHaveLength(1);
  expect(shown(), "drawn anew, without marks").toEqual([20, 40]);
  expect(whole()).not.toBeNull();
});

it("draws what is zoomed to as fine as a whole curve, and keeps what lies beyond", async () => {
  const told = vi.fn();
  const long = [curveOf(20_000)];
  await open(<LineChart title="Loss" curves={long} axis={axis} formatValue={String} onZoom={told} />);
  const within = ([from = 0, to = 0]: readonly (number | undefined)[]) => [...(plots()[0]?.data[0] ?? [])].filter((step) => step >= from && step <= to);
  expect(within([0, Infinity])).toHaveLength(1500);
  for (let at = 0; at < 5; at += 1) press("+");
  await settle();
  const [from, to] = shown();
  expect(told).toHaveBeenLastCalledWith([from, to]);
  expect(within([from, to]), "every point, each ten steps after the last").toEqual(Array.from({ length: Math.floor((to ?? 0) / 10) - Math.ceil((from ?? 0) / 10) + 1 }, (_, index) => Math.ceil((from ?? 0) / 10) * 10 + index * 10));
  expect(within([0, Infinity]).slice(-1)).toEqual([199_990]);
  press("0");
  await settle();
  expect(told).toHaveBeenLastCalledWith(null);
  expect(within([0, Infinity])).toHaveLength(1500);
});

it("finds the heights anew where values change in what is visible", async () => {
  let raise: (by: number) => void = () => undefined;
  function Changing() {
    const [height, setHeight] = useState(0);
    useEffect(() => {
      raise = setHeight;
    }, []);
    const curves = useMemo(() => [{ ...curveOf(11), points: curveOf(11).points.map(([step, epoch, value]): Point => [step, epoch, value + height]) }], [height]);
    return <LineChart title="Loss" curves={curves} axis={axis} formatValue={String} />;
  }
  await open(<Changing />);
  press("+");
  await act(async () => {
    raise(5000);
    await Promise.resolve();
  });
  expect(shown()).toEqual([25, 75]);
  expect(shown(0, "y")[0]).toBeGreaterThan(5000);
});

it.each([
  ["a double click", () => fireEvent.dblClick(document.querySelector(".u-over") ?? document.body)],
  ["the key 0", () => press("0")],
  ["the button", () => userEvent.click(screen.getByRole("button", { name: "Whole curve" }))],
])("shows the whole again after %s, and follows what arrives", async (_, restore) => {
  await open();
  press("+");
  expect(shown()).toEqual([25, 75]);
  await restore();
  await settle();
  expect(shown()).toEqual([0, 100]);
  expect(whole()).toBeNull();
  await growTo(21);
  expect(shown()).toEqual([0, 200]);
});

it("leaves the focus on the chart when the button goes", async () => {
  await open();
  press("+");
  await userEvent.click(screen.getByRole("button", { name: "Whole curve" }));
  expect(document.activeElement).toBe(slider());
});

it("zooms around the cursor by keys, and back", async () => {
  await open();
  press("Home");
  press("ArrowRight");
  press("ArrowRight");
  press("=");
  expect(shown()).toEqual([10, 60]);
  expect(slider().getAttribute("aria-valuetext")).toContain("Step 20");
  press("-");
  expect(shown()).toEqual([0, 100]);
  expect(whole()).toBeNull();
});

it("goes along with the cursor where that leaves what is shown", async () => {
  await open();
  press("+");
  press("End");
  expect(shown()).toEqual([50, 100]);
  expect(slider().getAttribute("aria-valuetext")).toContain("Step 100");
});

it("leaves the browser its own keys", async () => {
  await open();
  expect(fireEvent.keyDown(slider(), { key: "+", ctrlKey: true })).toBe(true);
  expect(shown()).toEqual([0, 100]);
});

it("zooms charts with the same cursor together", async () => {
  await open(
    <>
      <Growing />
      <Growing title="Validation" />
    </>,
  );
  press("+");
  expect([shown(0), shown(1)]).toEqual([[25, 75], [25, 75]]);
  await userEvent.click(within(screen.getByRole("figure", { name: "Validation" })).getByRole("button", { name: "Whole curve" }));
  expect([shown(0), shown(1)]).toEqual([[0, 100], [0, 100]]);
});

it("counts whole steps, none twice, as far as the job will go while it has one point, and shows no share above all", async () => {
  const begun: Curve = { ...curveOf(1), points: [[0, 0, 1]] };
  const chart = (curves: readonly Curve[]) => <LineChart title="Accuracy" curves={curves} axis={{ ...axis, end: 45 }} isShare formatValue={String} />;
  const { unmount } = renderApp(chart([begun]));
  await screen.findByRole("slider");
  await settle();
  expect(shown()).toEqual([0, 45]);
  expect(shown(0, "y")).toEqual([0.975, 1]);
  unmount();
  await open(chart([{ ...begun, points: [[0, 0, 1], [1, 0.1, 1]] }]));
  expect(shown()).toEqual([0, 1]);
  // Which ticks were found, uPlot's types leave out.
  expect((plots()[0]?.axes[0] as { _splits?: number[] } | undefined)?._splits).toEqual([0, 1]);
});

it("folds the names of more curves than can be read, and hides any of them", async () => {
  const curves = Array.from({ length: 12 }, (_, number) => ({ ...curveOf(3), key: String(number), label: `Job ${number}` }));
  const onToggle = vi.fn();
  renderApp(<LineChart title="Many" curves={curves} axis={axis} formatValue={String} onToggle={onToggle} />);
  const figure = within(await screen.findByRole("figure", { name: "Many" }));
  expect(figure.getAllByRole("button", { name: /^Job/ })).toHaveLength(10);
  act(() => void dispatchEvent(new Event("beforeprint")));
  expect(figure.getAllByRole("button", { name: /^Job/ }), "paper cannot be unfolded").toHaveLength(12);
  act(() => void dispatchEvent(new Event("afterprint")));
  await userEvent.click(figure.getByRole("button", { name: "2 more", expanded: false }));
  await userEvent.click(figure.getByRole("button", { name: /^Job 11/ }));
  expect(onToggle).toHaveBeenCalledWith("11");
  await userEvent.click(figure.getByRole("button", { name: "Fewer names", expanded: true }));
  expect(figure.queryByRole("button", { name: /^Job 11/ })).toBeNull();
});

it("names the curves next to the pointer, the highest first, and says how many more there are", async () => {
  // Each curve lies 100 above the one before it.
  const curves = Array.from({ length: 14 }, (_, number) => ({ ...curveOf(3), key: String(number), label: `Job ${number}`, points: curveOf(3).points.map(([step, epoch, value]): Point => [step, epoch, value + 100 * number]) }));
  await open(<LineChart title="Loss" curves={curves} axis={axis} formatValue={String} hidden={new Set(["7"])} onToggle={() => undefined} />);
  const [chart] = plots();
  const point = (step: number, value: number) => act(() => chart?.setCursor({ left: chart.valToPos(step, "x"), top: chart.valToPos(value, "y") }));
  const named = () => screen.getAllByRole("button", { name: /^Job/ }).map(({ textContent }) => textContent);
  point(10, 1390);
  expect(named()).toEqual([13, 12, 11, 10, 9, 8, 6, 5, 4, 3].map((number) => `Job ${number} ${99 + 100 * number}`));
  expect(screen.getByRole("button", { name: "4 more" })).toBeDefined();
  point(20, 110);
  expect(named()[0]).toBe("Job 10 1098");
  expect(named().at(-1)).toBe("Job 0 98");
  press("End");
  expect(named()[0], "a key has no height").toBe("Job 0 98");
});
