/** Words and their tags as one text with spans in it, where the two fit one another. */
import { spansOf } from "@/features/jobs/tag-spans.ts";

export interface TaggedCells {
  tokens: readonly string[];
  tags: readonly string[];
}

export interface TaggedPart {
  text: string;
  /** Of the span that this is, if any. */
  type: string | null;
  isDoubted: boolean;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((part) => typeof part === "string");
}

/** Null for cells whose trouble marks would hide: another number of tags than of words, an I- that continues nothing, words that cannot be seen. */
export function taggedCells(tokens: unknown, tags: unknown): TaggedCells | null {
  if (!isTexts(tokens) || !isTexts(tags) || tokens.length !== tags.length || tokens.length === 0) return null;
  const isFit = tags.every((tag, at) => tag === "O" || (/^[BI]-./u.test(tag) && (tag.startsWith("B-") || tags[at - 1]?.slice(2) === tag.slice(2))));
  return isFit && tokens.every((token) => /^\S+$/u.test(token)) ? { tokens, tags } : null;
}

/** The cells of a row by role, as `taggedCells` reads them. */
export function taggedRow(cells: Readonly<Record<string, unknown>>, long: readonly string[] = []): TaggedCells | null {
  return long.includes("tokens") || long.includes("tags") ? null : taggedCells(cells["tokens"], cells["tags"]);
}

/** The words around `place` that are written as `phrase`; the word there alone where none are. */
function doubtedWords(tokens: readonly string[], place: number, phrase: string): [number, number] {
  const wanted = phrase.replace(/\s/gu, "");
  for (let start = place; start >= 0; start -= 1) {
    for (let end = place + 1; end <= tokens.length; end += 1) {
      const written = tokens.slice(start, end).join("");
      if (written === wanted) return [start, end];
      if (written.length >= wanted.length) break;
    }
  }
  return [place, place + 1];
}

/** The text in parts: spans, what lies between them, and what the doctor doubts told from the rest. */
export function taggedParts({ tokens, tags }: TaggedCells, doubt: { place: number; phrase: string } | null = null): TaggedPart[] {
  const [from, to] = doubt === null ? [-1, -1] : doubtedWords(tokens, doubt.place, doubt.phrase);
  const spans = spansOf(tags);
  const startsSpan = new Set(spans.map(({ start }) => start));
  const endsSpan = new Set(spans.map(({ end }) => end));
  const spanAt = (at: number) => spans.find(({ start, end }) => start <= at && at < end);
  const isInside = (at: number) => spanAt(at) !== undefined;
  const parts: TaggedPart[] = [];
  tokens.forEach((token, at) => {
    const last = parts.at(-1);
    const isCut = startsSpan.has(at) || endsSpan.has(at) || (!isInside(at) && (at === from || at === to));
    const isDoubted = from <= at && at < to;
    if (last === undefined || isCut) parts.push({ text: token, type: spanAt(at)?.type ?? null, isDoubted });
    else parts[parts.length - 1] = { ...last, text: `${last.text} ${token}`, isDoubted: last.isDoubted || isDoubted };
  });
  return parts;
}
