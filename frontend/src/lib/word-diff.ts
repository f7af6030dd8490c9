/** Which words two texts have in common, in their order. */

export interface DiffPart {
  text: string;
  isShared: boolean;
}

export interface WordDiff {
  /** The wanted text and the written one, each cut where it begins or ends to agree with the other. */
  wanted: DiffPart[];
  written: DiffPart[];
  /** Words in common, of all words of both: from 0 to 1. */
  share: number;
}

/** Spaced scripts by words; a Chinese, Japanese or Thai character is a word of its own. Signs and spaces are between words. */
export const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])[\p{L}\p{N}\p{M}])+/gu;

interface Word {
  plain: string;
  start: number;
  end: number;
}

function wordsOf(text: string): Word[] {
  return [...text.matchAll(WORD)].map((match) => ({ plain: match[0].toLowerCase(), start: match.index, end: match.index + match[0].length }));
}

/** For each word whether it belongs to a longest common subsequence. */
function shared(a: readonly Word[], b: readonly Word[]): [boolean[], boolean[]] {
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] = a[i]?.plain === b[j]?.plain ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const inA = a.map(() => false);
  const inB = b.map(() => false);
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i]?.plain === b[j]?.plain) {
      inA[i] = inB[j] = true;
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return [inA, inB];
}

/** Neighbours of one kind are one part; what stands between two words of different kinds counts as shared: it is not marked. */
function partsOf(text: string, words: readonly Word[], isShared: readonly boolean[]): DiffPart[] {
  const parts: DiffPart[] = [];
  const add = (from: number, to: number, kind: boolean) => {
    const last = parts.at(-1);
    const piece = text.slice(from, to);
    if (piece === "") return;
    if (last?.isShared === kind) last.text += piece;
    else parts.push({ text: piece, isShared: kind });
  };
  let position = 0;
  words.forEach((word, index) => {
    const kind = isShared[index] ?? false;
    const isInside = index > 0 && !kind && isShared[index - 1] === false;
    add(position, word.start, !isInside);
    add(word.start, word.end, kind);
    position = word.end;
  });
  add(position, text.length, true);
  return parts;
}

/** Without regard to case and punctuation, as the metrics of written texts count words. */
export function diffWords(wanted: string, written: string): WordDiff {
  const a = wordsOf(wanted);
  const b = wordsOf(written);
  const [inA, inB] = shared(a, b);
  const common = inA.filter(Boolean).length;
  const all = a.length + b.length;
  return { wanted: partsOf(wanted, a, inA), written: partsOf(written, b, inB), share: all === 0 ? 1 : (2 * common) / all };
}
