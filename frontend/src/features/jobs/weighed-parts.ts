/** A text cut where the words begin and end that did most to an answer. */
import type { WordWeight } from "@/lib/api-types.ts";
import { markedText } from "@/lib/marked-text.ts";

export interface WeighedPart {
  text: string;
  /** What it did to the answer, −1 to 1 of what the strongest word did; 0 for what is not marked. */
  strength: number;
  /** The same in the unit of the answer. */
  weight: number;
}

/** `strongest` is the largest weight of the whole row, so that two texts of a pair can be compared. Places count code points. */
export function weighedParts(text: string, words: readonly WordWeight[], strongest: number): WeighedPart[] {
  return markedText(text, apart(words, Array.from(text).length)).map(({ text: part, span }) => ({
    text: part,
    strength: span === null ? 0 : span.weight / strongest,
    weight: span?.weight ?? 0,
  }));
}

/** The words in their order, without what overlaps or lies behind the end. */
function apart(words: readonly WordWeight[], length: number): WordWeight[] {
  const found: WordWeight[] = [];
  for (const word of [...words].sort((a, b) => a.start - b.start)) {
    if (word.start >= (found.at(-1)?.end ?? 0) && word.end <= length) found.push(word);
  }
  return found;
}

/** The words that did most for the answer, the strongest first. */
export function strongestWords(texts: Record<WordWeight["part"], string>, words: readonly WordWeight[], most: number): WeighedPart[] {
  return words
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, most)
    .map(({ part, start, end, weight }) => ({ text: Array.from(texts[part]).slice(start, end).join(""), strength: 1, weight }));
}

export function strongestWeight(words: readonly WordWeight[]): number {
  return Math.max(0, ...words.map(({ weight }) => Math.abs(weight)));
}
