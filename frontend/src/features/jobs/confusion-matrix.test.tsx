import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { rowsOfCell } from "@/features/jobs/cell-rows.tsx";
import { ConfusionMatrix } from "@/features/jobs/confusion-matrix.tsx";
import type { Mistake } from "@/lib/api-types.ts";
import { renderApp } from "@/testing/render-app.tsx";

const row = (number: number, label: string, predicted: string, confidence: number): Mistake => ({ row: number, text: `text ${number}`, text_b: null, label, predicted, confidence, words: [] });
const kept = [row(1, "yes", "no", 0.6), row(2, "yes", "no", 0.9), row(3, "no", "no", 0.8), row(2, "yes", "no", 0.9)];
const details = { labels: ["yes", "no"], confusion: [[5, 3], [0, 4]], confusion_cells: [], per_class: [] };

it("shows the rows of a cell that is clicked, the surest first, and how many were kept", async () => {
  renderApp(<ConfusionMatrix details={details} kept={kept} />);
  await userEvent.click(await screen.findByRole("button", { name: /“yes” answered as “no”: 3 rows/ }));
  const rows = within(screen.getByRole("region", { name: "“yes”, answered “no”" }));
  expect(rows.getAllByRole("listitem").map((item) => item.querySelector("p")?.textContent)).toEqual(["text 2", "text 1"]);
  expect(rows.getByText("2 of 3 rows were kept with the result.")).toBeDefined();
});

it("is one stop of the Tab key, and goes on with the arrow keys and Enter", async () => {
  renderApp(<ConfusionMatrix details={details} kept={kept} />);
  const [first] = await screen.findAllByRole("button");
  first?.focus();
  await userEvent.keyboard("{ArrowDown}{Enter}");
  expect(screen.getByRole("region", { name: "“no”, answered “yes”" }).textContent).toContain("No row is in this cell.");
  await userEvent.keyboard("{ArrowRight}{ArrowRight}{Enter}");
  expect(screen.getByRole("region", { name: "“no”, answered rightly" }).textContent).toContain("text 3");
  expect(screen.getAllByRole("button").filter((cell) => cell.tabIndex === 0 && cell.dataset["cell"] !== undefined)).toHaveLength(1);
});

it("keeps the cell in the address, and shows it to who comes by a link", async () => {
  const { router, unmount } = renderApp(<ConfusionMatrix details={details} kept={kept} />, { path: "*", at: "/jobs/7?q=a#top" });
  await userEvent.click(await screen.findByRole("button", { name: /“yes” answered as “no”: 3 rows/ }));
  expect(router.state.location.search).toBe("?q=a&cell=0.1");
  unmount();
  renderApp(<ConfusionMatrix details={details} kept={kept} />, { path: "*", at: "/jobs/7?cell=0.1" });
  expect(await screen.findByRole("region", { name: "“yes”, answered “no”" })).toBeDefined();
});

it.each(["9.9", "0.2", "x", "0", "-1.0"])("shows no cell for %s, which names none", async (cell) => {
  renderApp(<ConfusionMatrix details={details} kept={kept} />, { path: "*", at: `/jobs/7?cell=${cell}` });
  await screen.findAllByRole("button");
  expect(screen.queryByRole("region", { name: /answered/ })).toBeNull();
});

it("lists a row once however often it was kept", () => {
  expect(rowsOfCell(kept, "yes", "no").map((entry) => entry.row)).toEqual([2, 1]);
});

it("draws the cells of many labels, and says when not all were kept", async () => {
  const labels = Array.from({ length: 400 }, (_, index) => `label ${index}`);
  const perClass = labels.map((label) => ({ label, precision: 0.5, recall: 0.5, f1: 0.5, support: 4 }));
  const cells = [
    { true: 1, predicted: 2, count: 1 },
    { true: 7, predicted: 9, count: 3 },
    { true: 7, predicted: 7, count: 1 },
  ];
  renderApp(<ConfusionMatrix details={{ labels, confusion: [], confusion_cells: cells, per_class: perClass }} kept={[]} />, { path: "*", at: "/jobs/7?cell=7.9" });
  const map = await screen.findByRole("application", { name: /^Confusion matrix of 400 labels/ });
  expect(map.querySelectorAll("rect")).toHaveLength(3);
  expect(screen.getAllByRole("row").slice(1).map((line) => line.textContent)).toEqual(["label 7label 93 (75%)", "label 1label 21 (25%)"]);
  expect(screen.getByText(/only the 3 most frequent cells were kept/)).toBeDefined();
  expect(screen.getByRole("region", { name: "“label 7”, answered “label 9”" }).textContent).toContain("0 of 3 rows were kept");
});
