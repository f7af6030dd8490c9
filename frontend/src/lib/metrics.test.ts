import { describe, expect, it } from "vitest";

import { makeFormatter } from "@/lib/format.ts";
import { en } from "@/lib/i18n/en.ts";
import { makeTranslate } from "@/lib/i18n/translate.ts";
import { zh } from "@/lib/i18n/zh.ts";
import { byMetric, describeMetric } from "@/lib/metrics.ts";

const english = { t: makeTranslate(en, "en"), format: makeFormatter("en") };
const chinese = { t: makeTranslate(zh, "zh-CN"), format: makeFormatter("zh-CN") };

describe("describeMetric", () => {
  it("writes a share in percent and its differences in points", () => {
    const metric = describeMetric("accuracy", english);
    expect(metric.value(0.946)).toBe("94.6%");
    expect(metric.bounds({ low: 0.911, high: 0.976 })).toBe("91.1–97.6");
    expect(metric.difference(0.059)).toBe("5.9 points");
    expect(metric.bare(0.059)).toBe("5.9");
    expect(describeMetric("accuracy", chinese).difference(0.059)).toBe("5.9 个百分点");
  });

  it("writes a number as it is, with as many decimals as its neighbours", () => {
    const metric = describeMetric("mean_absolute_error", english);
    expect(metric.value(0.4123)).toBe("0.412");
    expect(metric.value(0.4123, [0.4123, 12.3])).toBe("0.4");
    expect(metric.value(1234.5)).toBe("1,235");
    expect(metric.value(0)).toBe("0.00");
    expect(metric.bounds({ low: 0.38, high: 0.4451 })).toBe("0.380–0.445");
    expect(metric.difference(0.0834)).toBe("0.0834");
  });

  it("keeps a negative bound apart from the dash", () => {
    expect(describeMetric("pearson", english).bounds({ low: -0.12, high: 0.31 })).toBe("-0.120 – 0.310");
  });

  it("writes a score from 0 to 100 as it is, and its differences in points", () => {
    const metric = describeMetric("chrf", english);
    expect(metric.value(41.72)).toBe("41.7");
    expect(metric.bounds({ low: 39.3, high: 44.1 })).toBe("39.3–44.1");
    expect(metric.difference(8.62)).toBe("8.6 points");
    expect(metric.isShare).toBe(false);
  });

  // What the evaluate functions and the validation figures of the trainer's tasks are called.
  it.each([
    "accuracy", "macro_f1", "micro_f1", "weighted_f1", "exact_match", "f1", "precision", "recall", "word_f1", "loss", "perplexity",
    "token_accuracy", "masked_accuracy", "mean_absolute_error", "root_mean_squared_error", "pearson", "spearman", "mrr", "ndcg_at_10", "hit_at_1",
    "hit_at_10", "recall_at_1", "recall_at_5", "recall_at_10", "auc", "chrf", "bleu", "reward_accuracy", "reward_margin", "likelihood_accuracy", "kl",
    "answer_similarity", "answer_selection", "next_turn_accuracy", "tone_agreement", "pair_accuracy", "rouge_1", "rouge_2", "rouge_l",
    "macro_precision", "micro_precision", "weighted_precision", "macro_recall", "micro_recall", "weighted_recall", "roc_auc", "average_precision",
  ])("knows %s in both languages", (name) => {
    for (const language of [english, chinese]) {
      expect(describeMetric(name, language).label).not.toBe(name);
      expect(describeMetric(name, language).short).not.toBe(name);
    }
  });

  it("knows of which less is better", () => {
    const lower = ["loss", "perplexity", "kl", "mean_absolute_error", "root_mean_squared_error"];
    for (const name of lower) expect(describeMetric(name, english).isLowerBetter).toBe(true);
    for (const name of ["auc", "mrr", "chrf", "reward_margin", "word_f1"]) expect(describeMetric(name, english).isLowerBetter).toBe(false);
  });

  it("knows names, short names and directions", () => {
    expect(describeMetric("root_mean_squared_error", english)).toMatchObject({ label: "Root mean squared error", short: "RMSE", isLowerBetter: true });
    expect(describeMetric("macro_f1", chinese)).toMatchObject({ label: "宏平均 F1", short: "宏平均 F1", isLowerBetter: false });
  });

  it.each(["made_up", "constructor"])("shows an unknown name as it is, as a plain number: %s", (name) => {
    const metric = describeMetric(name, english);
    expect(metric).toMatchObject({ label: name, short: name, isShare: false, isLowerBetter: false });
    expect(metric.value(0.5)).toBe("0.500");
  });
});

it("sorts the better figure to the front", () => {
  const figures = [0.4, 0.9, 0.1];
  expect([...figures].sort(byMetric(describeMetric("accuracy", english)))).toEqual([0.9, 0.4, 0.1]);
  expect([...figures].sort(byMetric(describeMetric("loss", english)))).toEqual([0.1, 0.4, 0.9]);
});
