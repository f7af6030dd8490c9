import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { ClassTable } from "@/features/jobs/class-table.tsx";
import { ConfusionMatrix } from "@/features/jobs/confusion-matrix.tsx";
import { EvaluationView } from "@/features/jobs/evaluation-view.tsx";
import { MistakesList } from "@/features/jobs/mistakes-list.tsx";
import type { Verdict } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp } from "@/testing/render-app.tsx";

const evaluation = fixtures.evaluationFor(fixtures.INTENTS);

describe("EvaluationView", () => {
  const verdict = (outcome: Verdict["outcome"]) => ({ ...evaluation, verdict: { ...evaluation.verdict, outcome } });

  it("says in words how much better it is, than what, on what, and how sure that is", async () => {
    renderApp(<EvaluationView evaluation={evaluation}>{null}</EvaluationView>);
    const text = (await screen.findByRole("region", { name: "Did it help?" })).textContent;
    for (const part of ["94.6%", "157 rows", "test split", "5.9 points more", "the untuned base model with a linear head", "+1.8", "+10.1"]) {
      expect(text).toContain(part);
    }
  });

  it("does not call a draw or a defeat a success", async () => {
    const { unmount } = renderApp(<EvaluationView evaluation={verdict("no_difference")}>{null}</EvaluationView>);
    expect((await screen.findByRole("region", { name: "Did it help?" })).textContent).toContain("may be chance");
    unmount();
    renderApp(<EvaluationView evaluation={verdict("worse")}>{null}</EvaluationView>);
    expect((await screen.findByRole("region", { name: "Did it help?" })).textContent).toContain("Do not use it as it is");
  });

  it("lists the contenders with the best first", async () => {
    renderApp(<EvaluationView evaluation={evaluation}>{null}</EvaluationView>);
    const rows = within(await screen.findByRole("list", { name: "Against the alternatives" })).getAllByRole("listitem");
    expect(rows[0]?.textContent).toContain("Your tuned model");
    expect(rows.at(-1)?.textContent).toContain("Most frequent label");
  });
});

describe("ConfusionMatrix", () => {
  it("is a table with row and column headings for a few labels", async () => {
    renderApp(<ConfusionMatrix evaluation={evaluation} />);
    const table = await screen.findByRole("table");
    expect(within(table).getAllByRole("columnheader")).toHaveLength(12);
    expect(within(table).getByRole("rowheader", { name: "refund_request" })).toBeDefined();
  });

  it("is a map that the arrow keys read for 77 labels", async () => {
    const labels = Array.from({ length: 77 }, (_, index) => `label ${index}`);
    renderApp(<ConfusionMatrix evaluation={fixtures.evaluationFor(labels)} />);
    const map = await screen.findByRole("application");
    map.focus();
    await userEvent.keyboard("{ArrowRight}");
    expect(screen.getByText(/“label 0” answered as “label 0”: 14 rows/)).toBeDefined();
    await userEvent.keyboard("{ArrowDown}");
    expect(screen.getByText(/“label 1” answered as “label 0”/)).toBeDefined();
  });

  it("works with two labels and with an empty row", async () => {
    renderApp(<ConfusionMatrix evaluation={{ labels: ["yes", "no"], confusion: [[3, 1], [0, 0]] }} />);
    expect(within(await screen.findByRole("table")).getAllByRole("cell")).toHaveLength(5);
  });
});

describe("ClassTable", () => {
  it("starts with the weakest and sorts by any column", async () => {
    renderApp(
      <ClassTable
        scores={[
          { label: "a", precision: 1, recall: 0.5, f1: 0.66, support: 4 },
          { label: "b", precision: 0.2, recall: 0.3, f1: 0.24, support: 9 },
        ]}
      />,
    );
    const labels = () => screen.getAllByRole("rowheader").map((cell) => cell.textContent);
    await screen.findByRole("table");
    expect(labels()).toEqual(["b", "a"]);
    await userEvent.click(screen.getByRole("button", { name: "Precision" }));
    expect(labels()).toEqual(["a", "b"]);
    expect(screen.getByRole("columnheader", { name: "Precision" }).getAttribute("aria-sort")).toBe("descending");
  });
});

describe("MistakesList", () => {
  it("shows hostile text as text", async () => {
    renderApp(<MistakesList mistakes={evaluation.mistakes} />);
    await screen.findByRole("list");
    expect(document.querySelector("img")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Show all 11" }));
    expect(screen.getAllByRole("listitem")).toHaveLength(11);
  });
});
