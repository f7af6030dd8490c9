import type { PredictionOf } from "@/lib/api-types.ts";

type Span = PredictionOf<"spans">["spans"][number];

export interface MarkedPart {
  text: string;
  span: Span | null;
}

/** A text cut at its spans. The server counts characters, JavaScript counts half of some of them. */
export function markedText(text: string, spans: readonly Span[]): MarkedPart[] {
  const characters = Array.from(text);
  const parts: MarkedPart[] = [];
  let position = 0;
  for (const span of spans) {
    if (span.start > position) parts.push({ text: characters.slice(position, span.start).join(""), span: null });
    parts.push({ text: characters.slice(span.start, span.end).join(""), span });
    position = span.end;
  }
  if (position < characters.length) parts.push({ text: characters.slice(position).join(""), span: null });
  return parts;
}
