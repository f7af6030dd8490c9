/** How much the prediction endpoint takes; it refuses more, so that the page says it before. */
const MAX_CHARACTERS = 20_000;
/** What is read in parts, or is many texts, may be longer. */
const MAX_CHARACTERS_OF: Readonly<Record<string, number>> = { context: 50_000, candidates: 100_000 };
export const MAX_CANDIDATES = 100;

export function maxCharacters(field: string): number {
  return MAX_CHARACTERS_OF[field] ?? MAX_CHARACTERS;
}

export function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}
