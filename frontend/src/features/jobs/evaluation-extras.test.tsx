import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { EvaluationView } from "@/features/jobs/evaluation-view.tsx";
import type { Evaluation, LearningCurve } from "@/lib/api-types.ts";
import { multiLabelEvaluation } from "@/testing/evaluation-fixtures.ts";
import { renderApp } from "@/testing/render-app.tsx";
import { writingEvaluation } from "@/testing/written-evaluation-fixtures.ts";

const curve: LearningCurve = {
  metric: "accuracy",
  points: [
    { num_rows: 100, value: 0.7, low: 0.66, high: 0.73 },
    { num_rows: 200, value: 0.8, low: 0.78, high: 0.81 },
    { num_rows: 400, value: 0.86, low: 0.86, high: 0.86 },
  ],
  forecasts: [
    { num_more: 40, gain: 0.005, low: 0.001, high: 0.008 },
    { num_more: 200, gain: 0.012, low: 0.004, high: 0.019 },
    { num_more: 400, gain: 0.021, low: 0.009, high: 0.03 },
  ],
  reached: null,
};

async function show(evaluation: Evaluation): Promise<void> {
  renderApp(<EvaluationView evaluation={evaluation}>{null}</EvaluationView>);
  await screen.findByRole("region", { name: "Did it help?" });
}

describe("the learning curve", () => {
  it("says what more rows would add, and that the figures are not the tuned model's", async () => {
    await show({ ...multiLabelEvaluation, learning_curve: curve });
    const section = within(screen.getByRole("region", { name: "What more rows would bring" }));
    expect(section.getByText("200 more rows would probably add 1.2 points (0.4 to 1.9).")).toBeDefined();
    expect(section.getByText(/untouched base model and an output layer solved/)).toBeDefined();
    const plot = section.getByRole("img", { name: /^Accuracy by the number of training rows, from 100 to 400\. 200 more rows/ });
    const titles = [...plot.querySelectorAll("title")].map((title) => title.textContent);
    expect(titles).toHaveLength(6);
    expect(titles[0]).toBe("100 rows: 70.0% (66.0–73.0)");
    expect(titles[4]).toBe("600 rows: probably 87.2% (86.4–87.9)");
  });

  it("gives no size to a gain of which nothing is left when it is written", async () => {
    await show({ ...multiLabelEvaluation, learning_curve: { ...curve, forecasts: [{ num_more: 100, gain: 0.0002, low: 0, high: 0.0004 }] } });
    const section = within(screen.getByRole("region", { name: "What more rows would bring" }));
    expect(section.getByText("100 more rows would probably add nothing that could be measured on these rows.")).toBeDefined();
  });

  it("draws equal factors at equal distances, and forecasts dashed", async () => {
    await show({ ...multiLabelEvaluation, learning_curve: curve });
    const plot = screen.getByRole("img", { name: /training rows/ });
    const places = [...plot.querySelectorAll("circle")].map((circle) => Number(circle.getAttribute("cx")));
    expect((places[1] ?? 0) - (places[0] ?? 0)).toBeCloseTo((places[2] ?? 0) - (places[1] ?? 0));
    expect(places.at(-1)).toBe(600);
    expect(plot.querySelectorAll("g[data-forecast]")).toHaveLength(3);
    expect(plot.querySelectorAll("path[data-forecast]")).toHaveLength(1);
  });

  it("does without forecasts", async () => {
    await show({ ...multiLabelEvaluation, learning_curve: { ...curve, forecasts: [] } });
    expect(screen.getByText("How much more rows would add cannot be told.")).toBeDefined();
    expect(screen.getByRole("img", { name: /training rows/ }).querySelectorAll("[data-forecast]")).toHaveLength(0);
  });

  it("goes on from rows that no part holds", async () => {
    await show({ ...multiLabelEvaluation, learning_curve: { ...curve, reached: { num_more: 1600, gain: 0.03, low: 0.01, high: 0.05 } } });
    const plot = screen.getByRole("img", { name: /training rows/ });
    expect([...plot.querySelectorAll("title")].at(-1)?.textContent).toBe("2,400 rows: probably 91.1% (89.9–92.0)");
    expect(screen.getByText("Measured on up to 400 rows; what lies between them and all 2,000 training rows is estimated as well.")).toBeDefined();
  });

  it.each([
    ["few_rows", /too few training rows/],
    ["figure_falls", /falls as the model gets better/],
    ["needs_training", /trained like a job of its own/],
  ] as const)("says why there is none: %s", async (reason, words) => {
    await show({ ...multiLabelEvaluation, no_learning_curve: reason });
    expect(within(screen.getByRole("region", { name: "What more rows would bring" })).getByText(words)).toBeDefined();
  });

  it("is not there where nothing was measured", async () => {
    await show({ ...multiLabelEvaluation, learning_curve: null, forgetting: null });
    expect(screen.queryByRole("region", { name: "What more rows would bring" })).toBeNull();
    expect(screen.queryByRole("region", { name: "What was forgotten" })).toBeNull();
  });
});

it.each([
  [3.1, "On general texts the perplexity has risen from 20.1 to 22.2, 11% more than before tuning."],
  [2.9, "On general texts the perplexity has fallen from 20.1 to 18.2, 10% less than before tuning."],
  [3.005, "Nothing that one would notice: the perplexity on general texts was 20.1 before tuning and is 20.2 now."],
])("says in one sentence what was forgotten, at a loss of %s", async (loss, words) => {
  await show({ ...writingEvaluation, forgetting: { num_tokens: 3120, base_loss: 3, tuned_loss: loss } });
  const section = within(screen.getByRole("region", { name: "What was forgotten" }));
  expect(section.getByText(words)).toBeDefined();
  expect(section.getByText(/3,120 tokens of general texts/)).toBeDefined();
});

it("says what augmentation brought, and which of the two models this is", async () => {
  const interval = (value: number, by: number) => ({ value, low: value - by, high: value + by });
  await show({
    ...multiLabelEvaluation,
    augmentation_effect: {
      metric: "macro_f1",
      with_augmentation: interval(0.543, 0.03),
      without_augmentation: interval(0.481, 0.03),
      difference: interval(0.062, 0.02),
      outcome: "better",
      p_value: 0.001,
      delivered: "with_augmentation",
      validation_metric: "macro_f1",
      validation_with: 0.55,
      validation_without: 0.5,
    },
  });
  const said = screen.getByText(/Augmented rows helped/).textContent;
  expect(said).toMatch(/54\.3.*48\.1.*6\.2 points.*4\.2 to 8\.2 points.*trained with them/);
});
