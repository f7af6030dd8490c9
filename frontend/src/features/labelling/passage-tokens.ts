/** A text cut into words that can be chosen, and what is chosen as passages the way the server counts them. */
import type { LabelPassage } from "@/lib/api-types.ts";
import { WORD } from "@/lib/word-diff.ts";

/** `before` stands between the token and the one before it. Places are in characters (code points), as the server counts. */
export interface TextToken {
  text: string;
  before: string;
  start: number;
  end: number;
}

/** A sign is a word of its own as well. */
const TOKEN = new RegExp(`${WORD.source}|\\S`, WORD.flags);

/** The words of a text, cut as well at `cuts` that fall inside of one. */
export function textTokens(text: string, cuts: ReadonlySet<number> = new Set()): TextToken[] {
  const tokens: TextToken[] = [];
  let at = 0;
  let place = 0;
  for (const match of text.matchAll(TOKEN)) {
    const before = text.slice(at, match.index);
    place += Array.from(before).length;
    at = match.index + match[0].length;
    const pieces = cutAt(Array.from(match[0]), cuts, place);
    for (const [index, piece] of pieces.entries()) {
      const end = place + Array.from(piece).length;
      tokens.push({ text: piece, before: index === 0 ? before : "", start: place, end });
      place = end;
    }
  }
  return tokens;
}

function cutAt(characters: readonly string[], cuts: ReadonlySet<number>, start: number): string[] {
  return characters.reduce<string[]>((pieces, character, index) => {
    const last = pieces.length - 1;
    if (index === 0 || cuts.has(start + index)) return [...pieces, character];
    return [...pieces.slice(0, last), `${pieces[last] ?? ""}${character}`];
  }, []);
}

/** Where the words of answers begin and end. */
export function edgesOf(answers: readonly LabelPassage[]): number[] {
  return answers.flatMap((answer) => [answer.start, endOf(answer)]);
}

export function endOf(answer: LabelPassage): number {
  return answer.start + Array.from(answer.text).length;
}

/** What stands from one token to another one, both among it. */
export function passageOf(tokens: readonly TextToken[], first: number, last: number): LabelPassage | null {
  const [head, ...rest] = tokens.slice(first, last + 1);
  if (head === undefined) return null;
  return { text: head.text + rest.map((token) => token.before + token.text).join(""), start: head.start };
}

/** The answers with one more among them, each once, in the order of the text. */
export function withAnswer(answers: readonly LabelPassage[], answer: LabelPassage): LabelPassage[] {
  const others = answers.filter((one) => one.start !== answer.start || one.text !== answer.text);
  return [...others, answer].sort((a, b) => a.start - b.start || endOf(a) - endOf(b));
}

export function answerAt(answers: readonly LabelPassage[], token: TextToken): LabelPassage | undefined {
  return answers.find((answer) => answer.start < token.end && token.start < endOf(answer));
}
