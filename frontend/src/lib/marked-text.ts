/** A stretch of a text, in characters as the server counts them: JavaScript counts half of some. */
interface Place {
  start: number;
  end: number;
}

export interface MarkedPart<P extends Place> {
  text: string;
  span: P | null;
}

/** A text cut at its spans. */
export function markedText<P extends Place>(text: string, spans: readonly P[]): MarkedPart<P>[] {
  const characters = Array.from(text);
  const parts: MarkedPart<P>[] = [];
  let position = 0;
  for (const span of spans) {
    if (span.start > position) parts.push({ text: characters.slice(position, span.start).join(""), span: null });
    parts.push({ text: characters.slice(span.start, span.end).join(""), span });
    position = span.end;
  }
  if (position < characters.length) parts.push({ text: characters.slice(position).join(""), span: null });
  return parts;
}

const AROUND = 300;
const CUT = "…";

/** A place in a long text with what stands around it. */
export function excerpt(text: string, { start, end }: Place): { text: string; start: number; end: number } {
  const characters = Array.from(text);
  const from = Math.max(0, start - AROUND);
  const to = Math.min(characters.length, end + AROUND);
  const before = from > 0 ? CUT : "";
  const shift = Array.from(before).length - from;
  return {
    text: `${before}${characters.slice(from, to).join("")}${to < characters.length ? CUT : ""}`,
    start: start + shift,
    end: end + shift,
  };
}
