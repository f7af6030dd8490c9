import type { Mistake } from "@/lib/api-types.ts";

export interface MistakeFilter {
  words: string;
  truth: string | null;
  predicted: string | null;
}

export const NO_MISTAKE_FILTER: MistakeFilter = { words: "", truth: null, predicted: null };

/** Those with every word somewhere in their texts or labels, in any case, and with the chosen labels. */
export function mistakesFound(mistakes: readonly Mistake[], { words, truth, predicted }: MistakeFilter): readonly Mistake[] {
  const parts = words.normalize("NFKC").toLowerCase().split(/\s+/u).filter(Boolean);
  return mistakes.filter((mistake) => {
    if ((truth !== null && mistake.label !== truth) || (predicted !== null && mistake.predicted !== predicted)) return false;
    const whole = [mistake.text, mistake.text_b ?? "", mistake.label, mistake.predicted].join("\n").normalize("NFKC").toLowerCase();
    return parts.every((part) => whole.includes(part));
  });
}

/** What there is to choose, in its order of the alphabet. */
export function labelsOf(mistakes: readonly Mistake[], side: "label" | "predicted"): string[] {
  return [...new Set(mistakes.map((mistake) => mistake[side]))].sort((a, b) => a.localeCompare(b));
}
