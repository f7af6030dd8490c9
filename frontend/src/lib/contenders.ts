import type { Contender, DetailsKind, Evaluation } from "@/lib/api-types.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

type Name = Contender["name"];

/** What is most frequent, where it is no label: to refuse an answer, and each word as often as it occurs. */
const MOST_FREQUENT = { question_answering: "majority_refusal", hidden_words: "majority_words" } as const satisfies Partial<Record<DetailsKind, string>>;

function keyOf({ details: { kind } }: Evaluation, name: Name): Name | (typeof MOST_FREQUENT)[keyof typeof MOST_FREQUENT] {
  return name === "majority" && (kind === "question_answering" || kind === "hidden_words") ? MOST_FREQUENT[kind] : name;
}

/** A way to answer the same rows, as a heading. */
export function contenderName(evaluation: Evaluation, name: Name, t: Translate): string {
  return t(`contender.${keyOf(evaluation, name)}`);
}

/** The same within a sentence. */
export function contenderInText(evaluation: Evaluation, name: Name, t: Translate): string {
  return t(`contender.in_text.${keyOf(evaluation, name)}`);
}
