/** Spans from IOB2 tags, read as the server reads them: an I- that continues nothing begins a span. */
export interface TagSpan {
  type: string;
  start: number;
  end: number;
}

export function spansOf(tags: readonly string[]): TagSpan[] {
  const spans: TagSpan[] = [];
  let open: TagSpan | null = null;
  tags.forEach((tag, position) => {
    const type = tag === "O" ? "" : tag.slice(2);
    if (open && tag.startsWith("I-") && type === open.type) {
      open.end = position + 1;
      return;
    }
    open = type === "" ? null : { type, start: position, end: position + 1 };
    if (open) spans.push(open);
  });
  return spans;
}

export type SpanMark = "right" | "wrong" | "missed";
export interface Segment {
  text: string;
  span: (TagSpan & { mark: SpanMark }) | null;
}

const isSame = (a: TagSpan, b: TagSpan) => a.type === b.type && a.start === b.start && a.end === b.end;
const overlaps = (a: TagSpan, b: TagSpan) => a.start < b.end && b.start < a.end;

/** A sentence cut into what was said about it: right and wrong spans, and those that nothing was said about. */
export function segmentsOf(tokens: readonly string[], truth: readonly string[], predicted: readonly string[]): Segment[] {
  const wanted = spansOf(truth);
  const said = spansOf(predicted);
  const marked = [
    ...said.map((span) => ({ ...span, mark: wanted.some((other) => isSame(span, other)) ? ("right" as const) : ("wrong" as const) })),
    ...wanted.filter((span) => !said.some((other) => overlaps(span, other))).map((span) => ({ ...span, mark: "missed" as const })),
  ].sort((a, b) => a.start - b.start);
  const segments: Segment[] = [];
  let position = 0;
  for (const span of marked) {
    if (span.start > position) segments.push({ text: tokens.slice(position, span.start).join(" "), span: null });
    segments.push({ text: tokens.slice(span.start, span.end).join(" "), span });
    position = span.end;
  }
  if (position < tokens.length) segments.push({ text: tokens.slice(position).join(" "), span: null });
  return segments;
}

/** True spans that a wrong one covers in part, so that the sentence cannot show them in place. */
export function coveredSpans(truth: readonly string[], predicted: readonly string[]): TagSpan[] {
  const said = spansOf(predicted);
  return spansOf(truth).filter((span) => said.some((other) => overlaps(span, other)) && !said.some((other) => isSame(span, other)));
}
