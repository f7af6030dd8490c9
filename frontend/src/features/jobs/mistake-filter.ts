import type { Mistake } from "@/lib/api-types.ts";
import { hasWords } from "@/lib/word-search.ts";

export interface MistakeFilter {
  words: string;
  truth: string | null;
  predicted: string | null;
}

export const NO_MISTAKE_FILTER: MistakeFilter = { words: "", truth: null, predicted: null };

/** Those with every word somewhere in their texts or labels, in any case, and with the chosen labels. */
export function mistakesFound(mistakes: readonly Mistake[], { words, truth, predicted }: MistakeFilter): readonly Mistake[] {
  return mistakes.filter(
    ({ text, text_b: second, label, predicted: answer }) =>
      (truth === null || label === truth) && (predicted === null || answer === predicted) && hasWords([text, second ?? "", label, answer], words),
  );
}

/** What there is to choose, in its order of the alphabet. */
export function labelsOf(mistakes: readonly Mistake[], side: "label" | "predicted"): string[] {
  return [...new Set(mistakes.map((mistake) => mistake[side]))].sort((a, b) => a.localeCompare(b));
}
