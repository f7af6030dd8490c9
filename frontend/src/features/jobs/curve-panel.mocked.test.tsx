import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";

import type { Span } from "@/components/chart-zoom.ts";
import type { Curve, HorizontalAxis } from "@/components/line-chart.tsx";
import { CurvePanel } from "@/features/jobs/curve-panel.tsx";
import type { Point } from "@/lib/series.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

// A canvas cannot be drawn on here: what a chart is told stands in its place.
vi.mock("@/components/line-chart.tsx", () => ({
  LineChart: ({ title, axis, smoothing, isLog, curves: drawn, onZoom }: ChartProps) => (
    <figure aria-label={title} data-steps={drawn[0]?.points.map(([step]) => step).join(" ")}>
      {`${axis.read(axis.of([30, 1.5, 0.4]))} ${smoothing} ${String(isLog)}`}
      <button type="button" aria-label={`Zoom ${title}`} onClick={() => onZoom([axis.of([1010, 101, 0]), axis.of([1030, 103, 0])])} />
      <button type="button" aria-label={`Whole ${title}`} onClick={() => onZoom(null)} />
    </figure>
  ),
}));

interface ChartProps {
  title: string;
  axis: HorizontalAxis;
  smoothing: number;
  isLog: boolean;
  curves: readonly Curve[];
  onZoom: (span: Span | null) => void;
}

const source = { jobId: fixtures.runningJob.id, prefix: "" };

const curves = { "train/loss": [[30, 1.5, 0.4]] as const };
const clock = [[10, 4], [50, 84]] as const;
const show = (panel = <CurvePanel source={source} curves={curves} clock={clock} />) => renderApp(panel, { path: "/", at: "/" });
const loss = async () => (await screen.findByRole("figure", { name: "Loss" })).textContent;

it("lays curves over steps, epochs or time, chosen with the arrow keys too", async () => {
  useStubServer();
  show();
  expect(await loss()).toBe("Step 30 0.6 false");
  await userEvent.click(within(screen.getByRole("radiogroup", { name: "Horizontal axis" })).getByRole("radio", { name: "Steps" }));
  await userEvent.keyboard("{ArrowRight}");
  expect(await loss()).toBe("Epoch 1.50 0.6 false");
  await userEvent.keyboard("{ArrowRight}");
  expect(await loss()).toBe("After 44s 0.6 false");
});

it("remembers in this browser how curves are looked at", async () => {
  useStubServer();
  const { unmount } = show();
  await userEvent.click(await screen.findByRole("radio", { name: "Epochs" }));
  await userEvent.click(screen.getByRole("switch", { name: "Logarithmic loss axis" }));
  unmount();
  show();
  expect(await loss()).toBe("Epoch 1.50 0.6 true");
});

it("shows what a link says rather than what this browser remembers, and puts a choice into the address", async () => {
  useStubServer();
  localStorage.setItem("anneal.curves", JSON.stringify({ axis: "epoch", smoothing: 0.3, isLog: false }));
  const { router } = renderApp(<CurvePanel source={source} curves={curves} clock={clock} />, { path: "/", at: "/?curves=time,0.8,log" });
  expect(await loss()).toBe("After 44s 0.8 true");
  await userEvent.click(screen.getByRole("switch", { name: "Logarithmic loss axis" }));
  expect(new URLSearchParams(router.state.location.search).get("curves")).toBe("time,0.8");
  const slider = screen.getByRole("slider", { name: /Smoothing/ });
  fireEvent.change(slider, { target: { value: "0.5" } });
  expect(new URLSearchParams(router.state.location.search).get("curves"), "not at every step of a slider").toBe("time,0.8");
  fireEvent.pointerUp(slider);
  expect(new URLSearchParams(router.state.location.search).get("curves")).toBe("time,0.5");
});

it("reads no nonsense from the address", async () => {
  useStubServer();
  renderApp(<CurvePanel source={source} curves={curves} clock={clock} />, { path: "/", at: "/?curves=sideways,9" });
  expect(await loss()).toBe("Step 30 0.6 false");
});

it("offers no time where none is known, and falls back to steps", async () => {
  useStubServer();
  localStorage.setItem("anneal.curves", JSON.stringify({ axis: "time", smoothing: 7, isLog: "yes" }));
  show(<CurvePanel source={source} curves={curves} />);
  expect(await loss()).toBe("Step 30 0.6 false");
  expect(screen.queryByRole("radio", { name: "Time" })).toBeNull();
});

it("keeps the place of the choice of time until something is known of it", async () => {
  useStubServer();
  localStorage.setItem("anneal.curves", JSON.stringify({ axis: "time", smoothing: 0.6, isLog: false }));
  show(<CurvePanel source={source} curves={curves} clock={[]} />);
  expect(await loss()).toBe("Step 30 0.6 false");
  expect(screen.getByRole<HTMLInputElement>("radio", { name: "Time" }).disabled).toBe(true);
});

it.each(["Steps", "Epochs"])("asks for finer points of what is zoomed to, over %s, and has the whole as it was afterwards", async (axis) => {
  const stub = useStubServer();
  const long = Array.from({ length: 700 }, (_, index): Point => [index * 20, index * 2, 1]);
  stub.on("GET", "/api/v1/jobs/{id}/metrics", () => {
    const points = Array.from({ length: 41 }, (_, index) => [1000 + index, 100 + index / 10, 2]);
    return { status: 200, body: { series: [{ name: "trial-2/train/loss", points }], resources: [], clock: [], last_seq: 9 } };
  });
  show(<CurvePanel source={{ ...source, prefix: "trial-2/" }} curves={{ "train/loss": long }} clock={clock} />);
  await userEvent.click(await screen.findByRole("radio", { name: axis }));
  const steps = () => screen.getByRole("figure", { name: "Loss" }).dataset["steps"]?.split(" ") ?? [];
  await userEvent.click(screen.getByRole("button", { name: "Zoom Loss" }));
  await waitFor(() => expect(steps()).toHaveLength(738));
  expect(steps().slice(49, 54)).toEqual(["980", "1000", "1001", "1002", "1003"]);
  expect(stub.requests.at(-1)?.query.toString()).toBe("max_points=2000&names=trial-2%2Ftrain%2Floss&from_step=1000&to_step=1040");
  await userEvent.click(screen.getByRole("button", { name: "Whole Loss" }));
  expect(steps()).toHaveLength(700);
});
