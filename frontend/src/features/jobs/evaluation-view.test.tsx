import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { ClassTable } from "@/features/jobs/class-table.tsx";
import { ConfusionMatrix } from "@/features/jobs/confusion-matrix.tsx";
import { EvaluationView } from "@/features/jobs/evaluation-view.tsx";
import { MistakesList } from "@/features/jobs/mistakes-list.tsx";
import { RowPlaceContext } from "@/features/jobs/row-place.ts";
import type { DetailsOf, Evaluation, Verdict } from "@/lib/api-types.ts";
import { evaluationFor, multiLabelEvaluation, pairScoreEvaluation, spanEvaluation } from "@/testing/evaluation-fixtures.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp } from "@/testing/render-app.tsx";

const evaluation = evaluationFor(fixtures.INTENTS);
const details = evaluation.details as DetailsOf<"classification">;

async function verdictOf(shown: Evaluation): Promise<string> {
  const { unmount } = renderApp(<EvaluationView evaluation={shown}>{null}</EvaluationView>);
  const text = (await screen.findByRole("region", { name: "Did it help?" })).textContent;
  unmount();
  return text;
}

const contenders = () => within(screen.getByRole("list", { name: "Against the alternatives" })).getAllByRole("listitem");

describe("EvaluationView", () => {
  it("shows spans in their place, with what is wrong about them in words", async () => {
    renderApp(<EvaluationView evaluation={spanEvaluation}>{null}</EvaluationView>);
    const rows = within(await screen.findByRole("list", { name: "In the text" })).getAllByRole("listitem");
    expect(rows[0]?.textContent).toContain("AdaPER (wrong)");
    expect(rows[0]?.textContent).toContain("BathLOC (right)");
    expect(rows[0]?.textContent).toContain("should be PER “Ada Byron”");
    expect(rows[1]?.textContent).toContain("MaryPER (overlooked)");
    expect(screen.getByRole("region", { name: "Type by type" }).textContent).toContain("PER");
  });

  it("says how sure it was of wrong spans, which are no labels to choose from", async () => {
    renderApp(<EvaluationView evaluation={spanEvaluation}>{null}</EvaluationView>);
    const mistakes = within(await screen.findByRole("region", { name: "Mistakes" }));
    expect(mistakes.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
      expect.stringContaining("Labelled PER: Maryanswered – (98%)"),
      expect.stringContaining("Labelled PER: Ada Byron; LOC: Bathanswered PER: Ada; LOC: Bath (71%)"),
    ]);
    expect(mistakes.getByText(/^The most confident first/)).toBeDefined();
    expect(mistakes.queryByRole("combobox")).toBeNull();
  });

  const withVerdict = (shown: Evaluation, change: Partial<Verdict>) => ({ ...shown, verdict: { ...shown.verdict, ...change } });

  it("says in words how much better it is, than what, on what, and how sure that is", async () => {
    expect(await verdictOf(evaluation)).toContain(
      "Accuracy with your model is 94.6% on the 157 rows of the test split: 5.9 points higher than with the best alternative, " +
        "the untuned base model with a linear head. With 95% confidence the gain lies between 1.8 and 10.1 points." +
        "Exact McNemar test on the same rows: p = 0.004.",
    );
  });

  it("says of an error that less of it is better", async () => {
    expect(await verdictOf(pairScoreEvaluation)).toContain(
      "Mean absolute error with your model is 0.522 (lower is better) on the 1,500 rows of the validation split: 0.181 lower than " +
        "with the best alternative, the untuned base model with a linear head. With 95% confidence the gain lies between 0.156 and 0.207." +
        "Paired bootstrap test on the same rows: p < 0.001.",
    );
    const worse = withVerdict(pairScoreEvaluation, { outcome: "worse", difference: { value: -0.084, low: -0.151, high: -0.021 } });
    expect(await verdictOf(worse)).toContain("0.084 higher than with the untuned base model with a linear head (95% interval: 0.021 to 0.151 worse)");
  });

  it("does not call a draw or a defeat a success", async () => {
    expect(await verdictOf(multiLabelEvaluation)).toContain(
      "With 95% confidence that is between 1.2 points worse and 4.5 points better than with the best alternative, TF-IDF with a linear model: " +
        "the difference may be chance.",
    );
    const worse = withVerdict(evaluation, { outcome: "worse", difference: { value: -0.059, low: -0.101, high: -0.018 } });
    expect(await verdictOf(worse)).toContain("5.9 points lower than with the untuned base model with a linear head (95% interval: 1.8 to 10.1 points worse)");
    expect(await verdictOf(worse)).toContain("Do not use it as it is");
  });

  it("says that rows that chose the weights are no test", async () => {
    expect(await verdictOf(pairScoreEvaluation)).toContain("These rows also chose which weights were kept");
    expect(await verdictOf(evaluation)).not.toContain("also chose");
  });

  it("says that a handful of rows says little", async () => {
    const few = withVerdict({ ...pairScoreEvaluation, split: "test", num_rows: 4 }, { outcome: "no_difference", test: "paired_permutation", p_value: 0.125 });
    expect(await verdictOf(few)).toContain("Paired permutation test on the same rows: p = 0.125. 4 rows say little: an interval over so few");
    expect(await verdictOf(pairScoreEvaluation)).not.toContain("say little");
  });

  it("has words of its own for an interval without a width, which few rows give", async () => {
    const nothing = { value: 0, low: 0, high: 0 };
    expect(await verdictOf(withVerdict(evaluation, { outcome: "no_difference", difference: nothing }))).toContain(
      "on the 157 rows of the test split, as with the best alternative, the untuned base model with a linear head: no row tells the two apart.",
    );
    const all = { value: 0.5, low: 0.5, high: 0.5 };
    expect(await verdictOf(withVerdict(evaluation, { difference: all }))).toContain("However these rows are drawn, the gain is the same, so they cannot say how sure it is");
    const lost = { value: -0.5, low: -0.5, high: -0.5 };
    expect(await verdictOf(withVerdict(evaluation, { outcome: "worse", difference: lost }))).toContain("50.0 points lower than with the untuned base model with a linear head, however these rows are drawn");
  });

  it("lists the contenders with the best first, in the metric that the reader chooses", async () => {
    renderApp(<EvaluationView evaluation={pairScoreEvaluation}>{null}</EvaluationView>);
    await screen.findByRole("list", { name: "Against the alternatives" });
    expect(contenders()[0]?.textContent).toContain("Your tuned model0.522 0.499–0.545");
    expect(contenders().at(-1)?.textContent).toContain("Mean of the training rows1.292 1.250–1.334");
    await userEvent.click(screen.getByRole("radio", { name: "Pearson" }));
    expect(contenders()[0]?.textContent).toContain("Your tuned model0.891");
    expect(screen.getByText(/^Pearson correlation on the same 1,500 rows/)).toBeDefined();
  });

  it("shows what belongs to labels, sets of labels and numbers", async () => {
    const headings = async (shown: Evaluation) => {
      const { unmount } = renderApp(<EvaluationView evaluation={shown}>{null}</EvaluationView>);
      await screen.findByRole("region", { name: "Did it help?" });
      const titles = screen.getAllByRole("heading", { level: 2 }).map((heading) => heading.textContent);
      unmount();
      return titles.slice(2, -1);
    };
    expect(await headings(evaluation)).toEqual(["Confusion matrix", "Is it as sure as it is right?", "Label by label"]);
    expect(await headings(multiLabelEvaluation)).toEqual(["Label by label", "Are its probabilities right?", "Threshold"]);
    expect(await headings(pairScoreEvaluation)).toEqual(["True against predicted"]);
  });

  it("compares areas under curves among those that give scores", async () => {
    renderApp(<EvaluationView evaluation={evaluation}>{null}</EvaluationView>);
    await screen.findByRole("list", { name: "Against the alternatives" });
    await userEvent.click(screen.getByRole("combobox", { name: "Metric of the comparison" }));
    await userEvent.click(screen.getByRole("option", { name: "PR AUC (average precision)" }));
    expect(contenders().map((item) => item.textContent)).toEqual([expect.stringContaining("Your tuned model0.987 0.978–0.994"), expect.stringContaining("0.961 0.950–0.970")]);
  });

  it("says what made it as sure as it is right, and how far off it would be without", async () => {
    renderApp(<EvaluationView evaluation={evaluation}>{null}</EvaluationView>);
    expect(await screen.findByText(/outputs multiplied by 0\.41\. Without that it would be off by 11\.7 percentage points/)).toBeDefined();
  });

  it("draws how far the probabilities of labels can be believed, and does without in a result of before", async () => {
    const { unmount } = renderApp(<EvaluationView evaluation={multiLabelEvaluation}>{null}</EvaluationView>);
    const plot = await screen.findByRole("img", { name: /^Are its probabilities right\?: 1,100 labels at a probability of 4%: 4% are there\./ });
    expect(plot.querySelectorAll("circle")).toHaveLength(4);
    expect(screen.getByText(/off by 3\.4 percentage points on average/)).toBeDefined();
    expect(screen.queryByText(/multiplied by/)).toBeNull();
    unmount();
    const old = { ...(multiLabelEvaluation.details as DetailsOf<"multi_label">), expected_calibration_error: null, calibration: [] };
    renderApp(<EvaluationView evaluation={{ ...multiLabelEvaluation, details: old }}>{null}</EvaluationView>);
    await screen.findByRole("region", { name: "Label by label" });
    expect(screen.queryByRole("region", { name: "Are its probabilities right?" })).toBeNull();
  });

  it("leaves out details of a kind that it does not know yet", async () => {
    const unknown = { ...evaluation, details: { kind: "from_the_future" } } as unknown as Evaluation;
    expect(await verdictOf(unknown)).toContain("94.6%");
  });

  it("tells the threshold of label sets", async () => {
    renderApp(<EvaluationView evaluation={multiLabelEvaluation}>{null}</EvaluationView>);
    expect(await screen.findByText(/at least 30%/)).toBeDefined();
  });

  it("draws a dot for each number and says what the picture shows", async () => {
    renderApp(<EvaluationView evaluation={pairScoreEvaluation}>{null}</EvaluationView>);
    const plot = await screen.findByRole("img", { name: /^Scatter plot of 500 held-out rows: true values from 0 to 5/ });
    expect(plot.querySelectorAll("circle")).toHaveLength(500);
    expect(screen.getByText("500 of the 1,500 rows are drawn, evenly taken.")).toBeDefined();
  });
});

describe("ConfusionMatrix", () => {
  it("is a table with row and column headings for a few labels", async () => {
    renderApp(<ConfusionMatrix details={details} kept={[]} />);
    const table = await screen.findByRole("table");
    expect(within(table).getAllByRole("columnheader")).toHaveLength(12);
    expect(within(table).getByRole("rowheader", { name: "refund_request" })).toBeDefined();
  });

  it("is a map that the arrow keys read for 77 labels", async () => {
    const labels = Array.from({ length: 77 }, (_, index) => `label ${index}`);
    renderApp(<ConfusionMatrix details={evaluationFor(labels).details as DetailsOf<"classification">} kept={[]} />);
    const map = await screen.findByRole("application");
    map.focus();
    await userEvent.keyboard("{ArrowRight}");
    expect(screen.getByText(/“label 0” answered as “label 0”: 14 rows/)).toBeDefined();
    await userEvent.keyboard("{ArrowDown}");
    expect(screen.getByText(/“label 1” answered as “label 0”/)).toBeDefined();
  });

  it("works with two labels and with an empty row", async () => {
    renderApp(<ConfusionMatrix details={{ labels: ["yes", "no"], confusion: [[3, 1], [0, 0]], confusion_cells: [], per_class: [] }} kept={[]} />);
    expect(within(await screen.findByRole("table")).getAllByRole("cell")).toHaveLength(5);
    expect(screen.getByRole("rowheader", { name: "no not tested" })).toBeDefined();
    expect(screen.getAllByRole("button", { name: "No held-out row is of “no”: not tested." })).toHaveLength(2);
    expect(screen.getByRole("rowheader", { name: "yes" })).toBeDefined();
  });
});

describe("ClassTable", () => {
  it("starts with the weakest and sorts by any column, which a link shows", async () => {
    const { router } = renderApp(
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
    expect(router.state.location.search).toBe("?classes=-precision");
    await userEvent.click(screen.getByRole("button", { name: "F1" }));
    expect(router.state.location.search, "as it is at first").toBe("");
  });

  it("has no figures for labels that no row tested, names them and puts them last in every order", async () => {
    const untested = { precision: 0, recall: 0, f1: 0, support: 0 };
    renderApp(<ClassTable scores={[{ label: "Karte", ...untested }, { label: "Lieferung", precision: 0.5, recall: 1, f1: 0.67, support: 4 }, { label: "Stammdaten", ...untested }]} />);
    expect(await screen.findByText(/^Not tested, since no held-out row is of them: “Karte” and “Stammdaten”\./)).toBeDefined();
    const labels = () => screen.getAllByRole("rowheader").map((cell) => cell.textContent);
    expect(labels()).toEqual(["Lieferung", "Karte", "Stammdaten"]);
    for (const column of ["F1", "Rows", "Label", "Label"]) {
      await userEvent.click(screen.getByRole("button", { name: column }));
      expect(labels()[0]).toBe("Lieferung");
    }
    expect(screen.getAllByText("not tested")).toHaveLength(6);
    expect(screen.queryByText("0.0%")).toBeNull();
  });

  it("counts spans by type where spans are scored", async () => {
    renderApp(<ClassTable of="types" scores={[{ label: "PER", precision: 1, recall: 1, f1: 1, support: 21 }]} />);
    const heads = (await screen.findAllByRole("columnheader")).map((cell) => cell.textContent);
    expect(heads).toEqual(["Type", "Precision", "Recall", "F1", "Spans"]);
    expect(screen.queryByText(/^Not tested/)).toBeNull();
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

  it("is whole on paper, and as it was afterwards", async () => {
    renderApp(<MistakesList mistakes={evaluation.mistakes} />);
    await screen.findByRole("list");
    let printed = 0;
    act(() => {
      dispatchEvent(new Event("beforeprint"));
      // What the browser prints is what is there now, not what will be.
      printed = screen.getAllByRole("listitem").length;
    });
    expect(printed).toBe(11);
    act(() => {
      dispatchEvent(new Event("afterprint"));
    });
    expect(screen.getAllByRole("listitem")).toHaveLength(8);
  });

  it("marks the words that spoke for the answer and against it, and names the strongest to who cannot see colours", async () => {
    const words = [
      { part: "text" as const, start: 0, end: 6, weight: 0.31 },
      { part: "text" as const, start: 7, end: 10, weight: -0.05 },
    ];
    renderApp(<MistakesList mistakes={[{ row: 4, text: "Refund not here", text_b: null, label: "delay", predicted: "refund", confidence: 0.9, words }]} />);
    const [first, second] = (await screen.findAllByText(/Refund|not/, { selector: "mark" })).map((mark) => [mark.textContent, mark.dataset["side"], mark.title]);
    expect(first).toEqual(["Refund", "for", "Spoke for the answer: 31 percentage points"]);
    expect(second).toEqual(["not", "against", "Spoke against the answer: 5 percentage points"]);
    expect(screen.getByText("Words that spoke most for the answer: Refund (31 percentage points).")).toBeTruthy();
  });

  it("says of which span words spoke for the tags", async () => {
    const words = [{ part: "text" as const, start: 0, end: 3, weight: 0.2 }];
    renderApp(<EvaluationView evaluation={{ ...spanEvaluation, mistakes: spanEvaluation.mistakes.map((mistake) => ({ ...mistake, words })) }}>{null}</EvaluationView>);
    const list = await screen.findByRole("region", { name: "Mistakes" });
    expect(list.textContent).toContain("the tags of the wrong span that the model was surest of");
    expect(list.textContent).not.toContain("the answer that was given");
  });

  const place = { datasetId: fixtures.dataset.id, split: "test" as const, isDeleted: false };

  it("is narrowed by true label, answer and words", async () => {
    renderApp(<EvaluationView evaluation={evaluation}>{null}</EvaluationView>);
    const [first] = evaluation.mistakes;
    const count = (rows: readonly unknown[]) => `${rows.length} of ${evaluation.mistakes.length}`;
    const choose = async (side: string, label: string) => {
      await userEvent.click(screen.getByRole("combobox", { name: side }));
      await userEvent.click(within(screen.getByRole("listbox", { name: side, hidden: true })).getByRole("option", { name: label, hidden: true }));
    };
    await screen.findByRole("search");
    await choose("True label", first?.label ?? "");
    expect(screen.getByText(count(evaluation.mistakes.filter(({ label }) => label === first?.label)))).toBeDefined();
    await choose("Predicted label", first?.predicted ?? "");
    const both = evaluation.mistakes.filter(({ label, predicted }) => label === first?.label && predicted === first.predicted);
    expect(within(screen.getByRole("list", { name: "Mistakes" })).getAllByRole("listitem")).toHaveLength(both.length);
    await userEvent.type(screen.getByRole("textbox", { name: "Search texts and labels" }), "nothing of the kind");
    expect(screen.getByText(count([]))).toBeDefined();
  });

  it("is walked with J and K, and leads from each row to the row in its dataset", async () => {
    renderApp(
      <RowPlaceContext value={place}>
        <MistakesList mistakes={evaluation.mistakes} />
      </RowPlaceContext>,
    );
    const entries = await screen.findAllByRole("listitem");
    await userEvent.keyboard("jjk");
    expect(document.activeElement).toBe(entries[0]);
    // "g j" goes to the jobs.
    await userEvent.keyboard("gj");
    expect(document.activeElement).toBe(entries[0]);
    await userEvent.keyboard("j");
    expect(document.activeElement).toBe(entries[1]);
    await userEvent.tab();
    const row = evaluation.mistakes[1]?.row ?? 0;
    expect(document.activeElement?.getAttribute("aria-label")).toBe(`Open row ${row} in the dataset`);
    expect(document.activeElement?.getAttribute("href")).toBe(`/datasets/${fixtures.dataset.id}?tab=rows&row=${row}&split=test`);
  });

  it("says that rows of a deleted dataset can be seen no more, and leads nowhere", async () => {
    renderApp(
      <RowPlaceContext value={{ ...place, isDeleted: true }}>
        <MistakesList mistakes={evaluation.mistakes} />
      </RowPlaceContext>,
    );
    expect(await screen.findByText("The dataset was deleted: its rows can be seen no more.")).toBeDefined();
    expect(screen.queryByRole("link")).toBeNull();
  });

  it("shows both texts of a pair, and no confidence where there is none", async () => {
    renderApp(<MistakesList mistakes={pairScoreEvaluation.mistakes} />);
    const first = (await screen.findAllByRole("listitem"))[0]?.textContent ?? "";
    expect(first).toContain("Can I still change where my parcel goes after it has left?");
    expect(first).toContain("Should be 4.8answered 2.214row 412");
    expect(first).not.toContain("%");
  });
});
