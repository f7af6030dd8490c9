/** Evaluations of several tasks, as the server sends them. */
import type { Contender, Evaluation, Interval, Summary, ThresholdCurve } from "@/lib/api-types.ts";
import { HOSTILE_NAME, noise } from "@/testing/fixture-values.ts";

function interval(value: number, low: number, high: number): Interval {
  return { value, low, high };
}

export function summaryOf({ primary, contenders, verdict }: Evaluation): Summary {
  const tuned = contenders.find((contender) => contender.name === "tuned")?.metrics ?? {};
  const metrics = Object.fromEntries(Object.entries(tuned).map(([name, { value }]) => [name, value]));
  return { primary, value: metrics[primary] ?? 0, metrics, verdict: verdict.outcome };
}

function classifier(name: Contender["name"], seconds: number, accuracy: Interval, macroF1: Interval, weightedF1: Interval, area?: Interval): Contender {
  return { name, seconds, metrics: { accuracy, macro_f1: macroF1, weighted_f1: weightedF1, ...(area && { roc_auc: area, average_precision: area }) } };
}

/** The higher the threshold, the fewer are given, and the more of those are right. */
export function thresholdCurve(label: string | null): ThresholdCurve {
  const thresholds = Array.from({ length: 99 }, (_, index) => (index + 1) / 100);
  const given = thresholds.map((threshold) => Math.round(200 * (1 - threshold)));
  return { label, num_true: 100, thresholds, given, hits: given.map((count, index) => Math.min(100, Math.round(count * (0.5 + index / 200)))) };
}

/** A classification into these labels. */
export function evaluationFor(labels: readonly string[]): Evaluation {
  const size = labels.length;
  const confusion = labels.map((_, row) =>
    labels.map((__, column) => {
      if (row === column) return 14 - (row % 5);
      return (row * 7 + column * 3) % 19 === 0 ? 1 + ((row + column) % 2) : 0;
    }),
  );
  return {
    task: "classification",
    split: "test",
    num_rows: confusion.flat().reduce((sum, count) => sum + count, 0),
    primary: "accuracy",
    contenders: [
      classifier("tuned", 161, interval(0.946, 0.911, 0.976), interval(0.939, 0.9, 0.97), interval(0.945, 0.909, 0.975), interval(0.9871, 0.9782, 0.9943)),
      classifier("base_probe", 4, interval(0.887, 0.839, 0.935), interval(0.87, 0.82, 0.92), interval(0.88, 0.83, 0.93), interval(0.9612, 0.9501, 0.9704)),
      classifier("tfidf_linear", 0.4, interval(0.821, 0.762, 0.875), interval(0.8, 0.74, 0.86), interval(0.82, 0.76, 0.88)),
      classifier("nearest_centroid", 2, interval(0.774, 0.708, 0.833), interval(0.75, 0.69, 0.82), interval(0.77, 0.7, 0.83)),
      classifier("majority", 0, interval(0.131, 0.083, 0.185), interval(0.02, 0.01, 0.03), interval(0.03, 0.01, 0.06)),
    ],
    verdict: { outcome: "better", against: "base_probe", difference: interval(0.059, 0.018, 0.101), p_value: 0.004, test: "mcnemar" },
    mistakes: Array.from({ length: 11 }, (_, index) => ({
      row: 31 + index * 9,
      text: index === 2 ? HOSTILE_NAME : "I was told the money would be back on my card by Friday and it is still not there, what is going on?",
      text_b: null,
      words: [],
      label: labels[index % size] ?? "",
      predicted: labels[(index + 3) % size] ?? "",
      confidence: 0.97 - index * 0.04,
    })),
    learning_curve: null,
    no_learning_curve: null,
    forgetting: null,
  augmentation_effect: null,
    details: {
      kind: "classification",
      labels: [...labels],
      per_class: labels.map((label, index) => ({
        label,
        precision: 1 - (index % 7) * 0.025,
        recall: 1 - (index % 5) * 0.03,
        f1: 1 - (index % 6) * 0.028,
        support: 14 + (index % 5),
      })),
      confusion,
      confusion_cells: [],
      expected_calibration_error: 0.021,
      calibration: [0.35, 0.55, 0.72, 0.86, 0.97].map((confidence, index) => ({ count: 4 + 12 * index * index, confidence, accuracy: confidence - 0.06 + index * 0.015 })),
      confidence_scale: { factor: 0.41, error_without: 0.117 },
      thresholds: [],
      examples: [],
    },
  };
}

function scorer(name: Contender["name"], seconds: number, absolute: Interval, squared: Interval, pearson: Interval, spearman: Interval): Contender {
  return { name, seconds, metrics: { mean_absolute_error: absolute, root_mean_squared_error: squared, pearson, spearman } };
}

const NOTHING = interval(0, 0, 0);

/** How alike two questions are, from 0 to 5. Errors: less is better. */
export const pairScoreEvaluation: Evaluation = {
  task: "pair_regression",
  split: "validation",
  num_rows: 1500,
  primary: "mean_absolute_error",
  contenders: [
    scorer("tuned", 214, interval(0.5217, 0.4985, 0.5451), interval(0.684, 0.651, 0.719), interval(0.891, 0.878, 0.902), interval(0.886, 0.872, 0.899)),
    scorer("base_probe", 6, interval(0.7031, 0.6732, 0.7335), interval(0.902, 0.866, 0.938), interval(0.802, 0.781, 0.821), interval(0.797, 0.776, 0.817)),
    scorer("tfidf_linear", 0.9, interval(1.1644, 1.1209, 1.2083), interval(1.397, 1.349, 1.446), interval(0.37, 0.326, 0.412), interval(0.355, 0.31, 0.399)),
    scorer("mean", 0, interval(1.2915, 1.2501, 1.3338), interval(1.502, 1.463, 1.541), NOTHING, NOTHING),
  ],
  verdict: { outcome: "better", against: "base_probe", difference: interval(0.1814, 0.1558, 0.2072), p_value: 0.0002, test: "paired_bootstrap" },
  mistakes: [
    {
      row: 412,
      text: "How do I change the address of an order that has been sent?",
      text_b: "Can I still change where my parcel goes after it has left?",
      words: [],
      label: "4.8",
      predicted: "2.214",
      confidence: null,
    },
    { row: 77, text: "Where is my invoice?", text_b: HOSTILE_NAME, label: "0", predicted: "2.093", confidence: null, words: [] },
    { row: 1204, text: "The app logs me out", text_b: "The app does not log me out", label: "1", predicted: "2.871", confidence: null, words: [] },
  ],
  learning_curve: null,
  no_learning_curve: null,
  forgetting: null,
  augmentation_effect: null,
  details: { kind: "regression", points: scores(500) },
};

function scores(count: number): { true: number; predicted: number }[] {
  const random = noise();
  return Array.from({ length: count }, () => {
    const truth = Math.round(random() * 25) / 5;
    const error = (random() + random() + random() - 1.5) * 1.4;
    return { true: truth, predicted: 0.4 + truth * 0.86 + error };
  });
}

function tagger(name: Contender["name"], seconds: number, micro: Interval, macro: Interval, exact: Interval): Contender {
  return { name, seconds, metrics: { micro_f1: micro, macro_f1: macro, exact_match: exact } };
}

const TOPICS = ["breakfast", "cleanliness", "location", "noise", "price", "room", "staff", "wifi"] as const;

/** Which topics a review speaks of. The tuned model is not clearly better than a linear one. */
export const multiLabelEvaluation: Evaluation = {
  task: "multi_label",
  split: "test",
  num_rows: 240,
  primary: "micro_f1",
  contenders: [
    tagger("tuned", 98, interval(0.757, 0.722, 0.79), interval(0.703, 0.66, 0.744), interval(0.483, 0.421, 0.546)),
    tagger("tfidf_linear", 0.6, interval(0.741, 0.704, 0.775), interval(0.688, 0.643, 0.73), interval(0.463, 0.4, 0.525)),
    tagger("base_probe", 3, interval(0.69, 0.652, 0.727), interval(0.611, 0.566, 0.655), interval(0.396, 0.333, 0.458)),
    tagger("majority", 0, interval(0.312, 0.277, 0.348), interval(0.061, 0.055, 0.067), interval(0.108, 0.071, 0.15)),
  ],
  verdict: { outcome: "no_difference", against: "tfidf_linear", difference: interval(0.016, -0.012, 0.045), p_value: 0.27, test: "paired_bootstrap" },
  mistakes: [
    { row: 18, text: "Lovely people at the desk, but the road outside never sleeps.", text_b: null, label: "noise, staff", predicted: "staff", confidence: 0.94 , words: []},
    { row: 92, text: "Fine.", text_b: null, label: "–", predicted: "room", confidence: 0.81 , words: []},
  ],
  learning_curve: null,
  no_learning_curve: null,
  forgetting: null,
  augmentation_effect: null,
  details: {
    kind: "multi_label",
    labels: [...TOPICS],
    per_class: TOPICS.map((label, index) => ({
      label,
      precision: 0.82 - (index % 4) * 0.04,
      recall: 0.76 - (index % 3) * 0.06,
      f1: 0.79 - (index % 5) * 0.05,
      support: 71 - index * 7,
    })),
    threshold: 0.3,
    expected_calibration_error: 0.034,
    calibration: [0.04, 0.3, 0.55, 0.94].map((confidence, index) => ({ count: [1100, 240, 180, 400][index] ?? 0, confidence, accuracy: confidence - 0.03 * index })),
    confidence_scale: null,
    thresholds: [null, "price"].map(thresholdCurve),
  },
};

/** Three sentences: a wrong end, an overlooked span, and one that is right altogether. */
export const spanEvaluation: Evaluation = {
  task: "token_classification",
  split: "test",
  num_rows: 120,
  primary: "f1",
  contenders: [
    { name: "tuned", metrics: { f1: { value: 0.862, low: 0.83, high: 0.89 }, precision: { value: 0.87, low: 0.84, high: 0.9 }, recall: { value: 0.854, low: 0.82, high: 0.885 } }, seconds: 212 },
    { name: "most_frequent_tag", metrics: { f1: { value: 0.512, low: 0.47, high: 0.55 }, precision: { value: 0.6, low: 0.55, high: 0.65 }, recall: { value: 0.446, low: 0.4, high: 0.49 } }, seconds: 0.2 },
  ],
  verdict: { outcome: "better", against: "most_frequent_tag", difference: { value: 0.35, low: 0.31, high: 0.39 }, p_value: 0.001, test: "paired_bootstrap" },
  mistakes: [
    { row: 9, text: "A letter from Mary", text_b: null, label: "PER: Mary", predicted: "–", confidence: 0.98, words: [] },
    { row: 4, text: "Ada Byron went to Bath", text_b: null, label: "PER: Ada Byron; LOC: Bath", predicted: "PER: Ada; LOC: Bath", confidence: 0.71, words: [] },
  ],
  learning_curve: null,
  no_learning_curve: null,
  forgetting: null,
  augmentation_effect: null,
  details: {
    kind: "spans",
    labels: ["LOC", "PER"],
    per_type: [
      { label: "LOC", precision: 0.9, recall: 0.88, f1: 0.89, support: 140 },
      { label: "PER", precision: 0.84, recall: 0.83, f1: 0.835, support: 160 },
    ],
    examples: [
      { row: 4, tokens: ["Ada", "Byron", "went", "to", "Bath"], true: ["B-PER", "I-PER", "O", "O", "B-LOC"], predicted: ["B-PER", "O", "O", "O", "B-LOC"] },
      { row: 9, tokens: ["A", "letter", "from", "Mary"], true: ["O", "O", "O", "B-PER"], predicted: ["O", "O", "O", "O"] },
      { row: 1, tokens: ["Nothing", "here"], true: ["O", "O"], predicted: ["O", "O"] },
    ],
  },
};
