const IS_BORDER = /[^\p{L}\p{N}]/u;
const AT_START = 8;
const AT_WORD = 5;
const IN_A_ROW = 3;

/**
 * How well `text` answers what was typed, the higher the better; null when it does not.
 *
 * The characters must be there in their order, each next to the one before or at the beginning of a word, so that "nj" finds "New job" and
 * "设" finds "设置", but no name that was typed finds an action by accident. Beginnings count more.
 */
export function match(text: string, typed: string): number | null {
  const hay = Array.from(text.toLowerCase());
  const needle = Array.from(typed.toLowerCase()).filter((sign) => sign.trim() !== "");
  if (needle.length === 0) return 0;
  const scores = hay.flatMap((sign, start) => (sign === needle[0] ? [scoreFrom(hay, needle, start)] : []));
  const best = Math.max(...scores.filter((score) => score !== null));
  // Among equals the shorter text is the closer one.
  return Number.isFinite(best) ? best - hay.length / 1000 : null;
}

function scoreFrom(hay: readonly string[], needle: readonly string[], start: number): number | null {
  let score = 0;
  let last = start - 1;
  for (const [index, sign] of needle.entries()) {
    const at = index === 0 || hay[last + 1] === sign ? last + 1 : hay.findIndex((one, place) => place > last && one === sign && isWordStart(hay, place));
    if (at === -1) return null;
    if (at === 0) score += AT_START;
    else if (isWordStart(hay, at)) score += AT_WORD;
    if (index > 0 && at === last + 1) score += IN_A_ROW;
    last = at;
  }
  return score;
}

function isWordStart(hay: readonly string[], at: number): boolean {
  return at === 0 || IS_BORDER.test(hay[at - 1] ?? " ");
}

/** Those that answer what was typed, the best first; all of them, in their order, when nothing was typed. */
export function matching<T>(all: readonly T[], typed: string, textOf: (one: T) => string): T[] {
  if (typed.trim() === "") return [...all];
  return all
    .flatMap((one) => {
      const score = match(textOf(one), typed);
      return score === null ? [] : [{ one, score }];
    })
    .sort((a, b) => b.score - a.score)
    .map(({ one }) => one);
}
