import { fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { bestIndex, figuresOf, nearestIndex } from "@/features/jobs/threshold-figures.ts";
import { ThresholdPanel } from "@/features/jobs/threshold-panel.tsx";
import { thresholdCurve } from "@/testing/evaluation-fixtures.ts";
import { renderApp } from "@/testing/render-app.tsx";

describe("figuresOf", () => {
  const figures = figuresOf({ label: "a", num_true: 4, thresholds: [0.2, 0.5, 0.9], given: [8, 4, 0], hits: [4, 3, 0] });

  it("has precision, recall and F1 at each threshold; no precision where nothing is given", () => {
    expect(figures.map(({ precision, recall }) => [precision, recall])).toEqual([[0.5, 1], [0.75, 0.75], [null, 0]]);
    expect(figures[0]?.f1).toBeCloseTo(2 / 3);
  });

  it("finds the best and the nearest", () => {
    expect(bestIndex(figures)).toBe(1);
    expect(nearestIndex([0.2, 0.5, 0.9], 0.6)).toBe(1);
  });
});

it("begins with a label that was tested, and says of another that nothing is known", async () => {
  const untested = { ...thresholdCurve("Karte"), num_true: 0, hits: thresholdCurve("Karte").hits.map(() => 0) };
  renderApp(<ThresholdPanel curves={[untested, thresholdCurve("price")]} used={0.5} />);
  expect((await screen.findByRole<HTMLInputElement>("combobox", { name: "Label" })).value).toBe("price");
  await userEvent.click(screen.getByRole("combobox", { name: "Label" }));
  await userEvent.click(await screen.findByRole("option", { name: "Karte" }));
  expect(screen.getByText("No held-out row is of this label, so nothing here says which threshold suits it.")).toBeDefined();
  expect(screen.queryByText("0.0%")).toBeNull();
  expect(screen.queryByRole("button", { name: "Highest F1" })).toBeNull();
});

it("starts where the model decides, moves, and says what that comes to", async () => {
  renderApp(<ThresholdPanel curves={[thresholdCurve(null), thresholdCurve("price")]} used={0.3} />);
  const slider = await screen.findByRole("slider", { name: "Probability from which the label is given" });
  expect(slider.getAttribute("aria-valuetext")).toBe("30%");
  expect(screen.getByText("140 times; right for 100 rows")).toBeDefined();
  fireEvent.change(slider, { target: { value: "30" } });
  expect(slider.getAttribute("aria-valuetext")).toBe("31%");
  expect(screen.getByText("138 times; right for 100 rows")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "As decided (30%)" }));
  expect(slider.getAttribute("aria-valuetext")).toBe("30%");
});

it("keeps the threshold and the label in the address, and shows what a link says", async () => {
  const panel = <ThresholdPanel curves={[thresholdCurve(null), thresholdCurve("price")]} used={0.3} />;
  const { router, unmount } = renderApp(panel);
  const slider = await screen.findByRole("slider");
  fireEvent.change(slider, { target: { value: "30" } });
  expect(router.state.location.search, "not at every step of a slider").toBe("");
  fireEvent.pointerUp(slider);
  expect(router.state.location.search).toBe("?threshold=0.31");
  await userEvent.click(screen.getByRole("button", { name: "As decided (30%)" }));
  expect(router.state.location.search).toBe("");
  unmount();
  renderApp(panel, { at: "/?threshold=0.31&threshold-of=price" });
  expect((await screen.findByRole("slider")).getAttribute("aria-valuetext")).toBe("31%");
  expect(screen.getByRole<HTMLInputElement>("combobox", { name: "Label" }).value).toBe("price");
});
