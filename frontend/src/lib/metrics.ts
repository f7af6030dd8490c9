/**
 * What the page knows about metrics: what they are called, how they are written, and which way is better. A metric that is
 * not listed is shown under the server's name, as a plain number that should be high.
 */
import type { Interval } from "@/lib/api-types.ts";
import type { Formatter } from "@/lib/format.ts";
import type { MessageKey, Translate } from "@/lib/i18n/translate.ts";

interface Kind {
  label: MessageKey;
  /** Where a column is narrow. */
  short: MessageKey;
  /**
   * A share lies between 0 and 1 and is shown as %; points are a score from 0 to 100 as papers print it. Differences of both
   * are points. A number has no scale of its own.
   */
  scale: "share" | "points" | "number";
  isLowerBetter: boolean;
}

function share(label: MessageKey, short: MessageKey = label): Kind {
  return { label, short, scale: "share", isLowerBetter: false };
}

function points(label: MessageKey, short: MessageKey = label): Kind {
  return { label, short, scale: "points", isLowerBetter: false };
}

function score(label: MessageKey, short: MessageKey = label): Kind {
  return { label, short, scale: "number", isLowerBetter: false };
}

function error(label: MessageKey, short: MessageKey = label): Kind {
  return { label, short, scale: "number", isLowerBetter: true };
}

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ["accuracy", share("metric.accuracy")],
  ["exact_match", share("metric.exact_match")],
  ["f1", share("metric.f1")],
  ["macro_f1", share("metric.macro_f1")],
  ["micro_f1", share("metric.micro_f1")],
  ["weighted_f1", share("metric.weighted_f1")],
  ["macro_precision", share("metric.macro_precision")],
  ["micro_precision", share("metric.micro_precision")],
  ["weighted_precision", share("metric.weighted_precision")],
  ["macro_recall", share("metric.macro_recall")],
  ["micro_recall", share("metric.micro_recall")],
  ["weighted_recall", share("metric.weighted_recall")],
  ["precision", share("metric.precision")],
  ["recall", share("metric.recall")],
  ["word_f1", share("metric.word_f1")],
  ["answer_similarity", score("metric.answer_similarity")],
  ["answer_selection", share("metric.answer_selection")],
  ["next_turn_accuracy", share("metric.next_turn_accuracy")],
  ["tone_agreement", share("metric.tone_agreement")],
  ["roc_auc", score("metric.roc_auc")],
  ["auc", score("metric.roc_auc")],
  ["average_precision", score("metric.average_precision")],
  ["token_accuracy", share("metric.token_accuracy")],
  ["masked_accuracy", share("metric.masked_accuracy")],
  ["pair_accuracy", share("metric.pair_accuracy")],
  ["mean_absolute_error", error("metric.mean_absolute_error", "metric.short.mean_absolute_error")],
  ["root_mean_squared_error", error("metric.root_mean_squared_error", "metric.short.root_mean_squared_error")],
  ["pearson", score("metric.pearson", "metric.short.pearson")],
  ["spearman", score("metric.spearman", "metric.short.spearman")],
  ["loss", error("metric.loss")],
  ["refined_loss", error("metric.refined_loss")],
  ["perplexity", error("metric.perplexity")],
  ["bleu", points("metric.bleu")],
  ["chrf", points("metric.chrf")],
  ["rouge_1", share("metric.rouge1")],
  ["rouge_2", share("metric.rouge2")],
  ["rouge_l", share("metric.rougeL")],
  ["reward_accuracy", share("metric.reward_accuracy")],
  ["reward_margin", score("metric.reward_margin")],
  ["likelihood_accuracy", share("metric.likelihood_accuracy")],
  // Less has been unlearnt where the tuned model is nearer to the base model.
  ["kl", error("metric.kl", "metric.short.kl")],
  ["recall_at_1", share("metric.recall_at_1")],
  ["recall_at_5", share("metric.recall_at_5")],
  ["recall_at_10", share("metric.recall_at_10")],
  ["hit_at_1", share("metric.hit_at_1")],
  ["hit_at_10", share("metric.hit_at_10")],
  ["mrr", score("metric.mrr", "metric.short.mrr")],
  ["ndcg_at_10", score("metric.ndcg_at_10")],
]);

const SIGNIFICANT_DIGITS = 3;
const MOST_DECIMALS = 6;

/** Decimals that show three digits of the largest of these figures. */
function decimalsFor(figures: readonly number[]): number {
  const largest = Math.max(...figures.map(Math.abs));
  if (largest === 0) return SIGNIFICANT_DIGITS - 1;
  return Math.min(MOST_DECIMALS, Math.max(0, SIGNIFICANT_DIGITS - 1 - Math.floor(Math.log10(largest))));
}

/** One metric in the reader's language. `among` are the figures shown beside it: all of them get as many decimals. */
export interface Metric {
  name: string;
  label: string;
  short: string;
  isShare: boolean;
  isLowerBetter: boolean;
  value: (figure: number, among?: readonly number[]) => string;
  /** The two ends of an interval, without a unit. */
  bounds: (interval: Pick<Interval, "low" | "high">, among?: readonly number[]) => string;
  /** A difference with its unit: "5.9 points". */
  difference: (difference: number, among?: readonly number[]) => string;
  /** A difference without its unit, for the lower end of "1.8 to 10.1 points". */
  bare: (difference: number, among?: readonly number[]) => string;
}

/** Whether curves of this metric belong on one axis of percent. */
export function isShare(name: string): boolean {
  return KINDS.get(name)?.scale === "share";
}

export function describeMetric(name: string, { t, format }: { t: Translate; format: Formatter }): Metric {
  const kind = KINDS.get(name);
  const scale = kind?.scale ?? "number";
  const isPercent = scale === "share";
  const plain = (figure: number, among: readonly number[]) =>
    scale === "number" ? format.decimal(figure, decimalsFor(among)) : format.decimal(isPercent ? figure * 100 : figure, 1);
  return {
    name,
    label: kind ? t(kind.label) : name,
    short: kind ? t(kind.short) : name,
    isShare: isPercent,
    isLowerBetter: kind?.isLowerBetter ?? false,
    value: (figure, among = [figure]) => (isPercent ? format.percent(figure) : plain(figure, among)),
    bounds: ({ low, high }, among = [low, high]) => {
      const dash = low < 0 ? " – " : "–";
      return `${plain(low, among)}${dash}${plain(high, among)}`;
    },
    difference: (difference, among = [difference]) =>
      scale === "number" ? plain(difference, among) : t("difference.points", { value: plain(difference, among) }),
    bare: (difference, among = [difference]) => plain(difference, among),
  };
}

/** Whether a difference is nothing however the rows are drawn: no row tells the two results apart. */
export function isNothing({ value, low, high }: Pick<Interval, "value" | "low" | "high">): boolean {
  return value === 0 && low === 0 && high === 0;
}

/** Sorts the better figure to the front. */
export function byMetric(metric: Pick<Metric, "isLowerBetter">): (a: number, b: number) => number {
  return metric.isLowerBetter ? (a, b) => a - b : (a, b) => b - a;
}
