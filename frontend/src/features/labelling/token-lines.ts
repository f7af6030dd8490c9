/** Of two boxes closer than this, in pixels, it is a matter of rounding which is higher. */
const SAME_LINE = 4;

/** The token that stands nearest in the line below (`step` 1) or above (-1); where there is none, the same token. */
export function tokenInLine(place: Element | null, token: number, step: 1 | -1): number {
  const elements = [...(place?.querySelectorAll("[data-token]") ?? [])];
  const here = elements[token]?.getClientRects()[0];
  if (here === undefined) return token;
  const middle = here.left + here.width / 2;
  let best = token;
  let line: number | null = null;
  let distance = Infinity;
  for (let at = token + step; at >= 0 && at < elements.length; at += step) {
    const box = elements[at]?.getClientRects()[0];
    if (box === undefined || Math.abs(box.top - here.top) < SAME_LINE) continue;
    if (line !== null && Math.abs(box.top - line) >= SAME_LINE) break;
    line = box.top;
    const gap = Math.abs(box.left + box.width / 2 - middle);
    if (gap >= distance) continue;
    distance = gap;
    best = at;
  }
  return best;
}
