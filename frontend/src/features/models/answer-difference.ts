/** What two models say differently about one question, in sentences. */
import type { Prediction, PredictionOf } from "@/lib/api-types.ts";
import type { Formatter } from "@/lib/format.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { diffWords } from "@/lib/word-diff.ts";

export interface Difference {
  /** Null where the two cannot be held against each other. */
  isSame: boolean | null;
  lines: string[];
}

interface Words {
  t: Translate;
  format: Formatter;
  /** What the two models are called. */
  names: readonly [string, string];
  /** Of a ranking: what was to be ranked. */
  candidates: readonly string[];
}

/** Figures that print alike are alike: files of one model may differ in the last digit. */
const SMALLEST_SHARE = 0.0005;

export function answerDifference(one: Prediction, two: Prediction, words: Words): Difference {
  if (one.kind === "labels" && two.kind === "labels") return labels(one, two, words);
  if (one.kind === "label_set" && two.kind === "label_set") return labelSets(one, two, words);
  if (one.kind === "number" && two.kind === "number") return numbers(one, two, words);
  if (one.kind === "spans" && two.kind === "spans") return spans(one, two, words);
  if (one.kind === "answer" && two.kind === "answer") return passages(one, two, words);
  if (one.kind === "ranking" && two.kind === "ranking") return rankings(one, two, words);
  if (one.kind === "hidden_words" && two.kind === "hidden_words") return hiddenWords(one, two, words);
  if (one.kind === "text" && two.kind === "text") return texts(one, two, words);
  return { isSame: null, lines: [words.t(one.kind === "vector" ? "two.vectors" : "two.kinds")] };
}

function labels(one: PredictionOf<"labels">, two: PredictionOf<"labels">, { t, format, names }: Words): Difference {
  const [a] = one.labels;
  const [b] = two.labels;
  if (!a || !b) return { isSame: null, lines: [] };
  const says = (index: 0 | 1, { label, score }: { label: string; score: number }) =>
    t("two.says", { model: names[index], answer: label, score: format.percent(score) });
  if (a.label !== b.label) return { isSame: false, lines: [says(0, a), says(1, b)] };
  const more = a.score - b.score;
  const surer = names[more > 0 ? 0 : 1];
  const points = format.decimal(Math.abs(more) * 100, 1);
  const line = Math.abs(more) < SMALLEST_SHARE ? t("two.as_sure") : t("two.surer", { model: surer, points });
  return { isSame: true, lines: [t("two.both", { answer: a.label }), line] };
}

function labelSets(one: PredictionOf<"label_set">, two: PredictionOf<"label_set">, { t, format, names }: Words): Difference {
  const given = ({ labels: all }: PredictionOf<"label_set">) => all.filter((entry) => entry.is_given).map(({ label }) => label);
  const [a, b] = [given(one), given(two)];
  const only = (model: string, items: readonly string[]) => (items.length > 0 ? [t("two.only_labels", { model, items: format.list(items) })] : []);
  const lines = [...only(names[0], a.filter((label) => !b.includes(label))), ...only(names[1], b.filter((label) => !a.includes(label)))];
  return { isSame: lines.length === 0, lines };
}

/** The same words at another place are another span. */
function spans(one: PredictionOf<"spans">, two: PredictionOf<"spans">, words: Words): Difference {
  const keys = (prediction: PredictionOf<"spans">) => new Set(prediction.spans.map(({ type, start, end }) => `${type} ${start} ${end}`));
  const only = (mine: PredictionOf<"spans">, others: ReadonlySet<string>) => mine.spans.filter(({ type, start, end }) => !others.has(`${type} ${start} ${end}`));
  const told = (found: PredictionOf<"spans">["spans"]) => words.format.list(found.map(({ text, type }) => `${text} (${type})`));
  const sides = [only(one, keys(two)), only(two, keys(one))] as const;
  const lines = sides.flatMap((found, index) => (found.length > 0 ? [words.t("two.only_spans", { model: words.names[index === 0 ? 0 : 1], items: told(found) })] : []));
  return { isSame: lines.length === 0, lines };
}

function numbers(one: PredictionOf<"number">, two: PredictionOf<"number">, { t, format, names }: Words): Difference {
  const [a, b] = [format.significant(one.value), format.significant(two.value)];
  if (a === b) return { isSame: true, lines: [] };
  const higher = names[one.value > two.value ? 0 : 1];
  return { isSame: false, lines: [t("two.higher", { model: higher, difference: format.significant(Math.abs(one.value - two.value)) })] };
}

function passages(one: PredictionOf<"answer">, two: PredictionOf<"answer">, { t, names }: Words): Difference {
  const said = (prediction: PredictionOf<"answer">) => (prediction.is_answer ? prediction.passage : null);
  const [a, b] = [said(one), said(two)];
  if (a?.start === b?.start && a?.end === b?.end) return { isSame: true, lines: [] };
  const line = (index: 0 | 1, passage: { text: string } | null) =>
    passage === null ? t("two.no_answer", { model: names[index] }) : t("two.answers", { model: names[index], answer: passage.text });
  return { isSame: false, lines: [line(0, a), line(1, b)] };
}

function rankings(one: PredictionOf<"ranking">, two: PredictionOf<"ranking">, { t, names, candidates }: Words): Difference {
  const moved = one.candidates.filter(({ index }, place) => two.candidates[place]?.index !== index).length;
  if (moved === 0) return { isSame: true, lines: [] };
  const [a, b] = [one.candidates[0], two.candidates[0]];
  const text = (found: { index: number } | undefined) => candidates[found?.index ?? -1] ?? "";
  const first =
    a?.index === b?.index
      ? [t("two.same_first", { answer: text(a) })]
      : [t("two.first", { model: names[0], answer: text(a) }), t("two.first", { model: names[1], answer: text(b) })];
  return { isSame: false, lines: [...first, t("two.moved", { count: moved })] };
}

function hiddenWords(one: PredictionOf<"hidden_words">, two: PredictionOf<"hidden_words">, { t }: Words): Difference {
  const lines = one.masks.flatMap((words, index) => {
    const [a, b] = [words[0]?.word ?? "", two.masks[index]?.[0]?.word ?? ""];
    return a === b ? [] : [t("two.mask", { number: index + 1, one: a, two: b })];
  });
  return { isSame: lines.length === 0, lines };
}

function texts(one: PredictionOf<"text">, two: PredictionOf<"text">, { t, format }: Words): Difference {
  if (one.text.trim() === two.text.trim()) return { isSame: true, lines: [] };
  return { isSame: false, lines: [t("two.words", { share: format.percent(diffWords(one.text, two.text).share, 0) })] };
}
