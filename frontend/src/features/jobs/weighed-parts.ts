/** A text cut where the words begin and end that did most to an answer. */
import type { WordWeight } from "@/lib/api-types.ts";

export interface WeighedPart {
  text: string;
  /** What it did to the answer, −1 to 1 of what the strongest word did; 0 for what is not marked. */
  strength: number;
  /** The same in the unit of the answer. */
  weight: number;
}

/** `strongest` is the largest weight of the whole row, so that two texts of a pair can be compared. Places count code points. */
export function weighedParts(text: string, words: readonly WordWeight[], strongest: number): WeighedPart[] {
  const signs = Array.from(text);
  const slice = (start: number, end: number) => signs.slice(start, end).join("");
  const parts: WeighedPart[] = [];
  let at = 0;
  for (const { start, end, weight } of [...words].sort((a, b) => a.start - b.start)) {
    if (start < at || end > signs.length) continue;
    if (start > at) parts.push({ text: slice(at, start), strength: 0, weight: 0 });
    parts.push({ text: slice(start, end), strength: weight / strongest, weight });
    at = end;
  }
  if (at < signs.length) parts.push({ text: slice(at, signs.length), strength: 0, weight: 0 });
  return parts;
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
