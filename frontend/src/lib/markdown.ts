/**
 * The Markdown that our model cards are written in, as data: facts at the head, headings, paragraphs, tables, lists and code. What is not
 * among them, HTML and links with it, stays the text that it is.
 */
export interface Span {
  kind: "text" | "strong" | "emphasis" | "code";
  text: string;
}

export type Block =
  | { kind: "facts"; facts: readonly (readonly [string, string])[] }
  | { kind: "heading"; level: number; spans: readonly Span[] }
  | { kind: "paragraph"; spans: readonly Span[] }
  | { kind: "list"; items: readonly (readonly Span[])[] }
  | { kind: "table"; head: readonly (readonly Span[])[]; rows: readonly (readonly (readonly Span[])[])[] }
  | { kind: "code"; text: string };

const SPAN = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*/gu;
const HEADING = /^(#{1,6})\s+(.+)$/u;
const ITEM = /^[-*]\s+(.+)$/u;
const ROW = /^\|.*\|$/u;
const RULE = /^\|(?:\s*:?-+:?\s*\|)+$/u;
const FACT = /^([\w-]+):\s*(.*)$/u;

export function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const match of line.matchAll(SPAN)) {
    if (match.index > end) spans.push({ kind: "text", text: line.slice(end, match.index) });
    const [whole, code, strong, emphasis] = match;
    if (code !== undefined) spans.push({ kind: "code", text: code });
    else if (strong !== undefined) spans.push({ kind: "strong", text: strong });
    else spans.push({ kind: "emphasis", text: emphasis ?? "" });
    end = match.index + whole.length;
  }
  if (end < line.length) spans.push({ kind: "text", text: line.slice(end) });
  return spans;
}

function cellsOf(line: string): Span[][] {
  return line.slice(1, -1).split("|").map((cell) => spansOf(cell.trim()));
}

/** As many lines from `start` on as pass. */
function taken(lines: readonly string[], start: number, passes: (line: string) => boolean): string[] {
  const end = lines.findIndex((line, index) => index >= start && !passes(line));
  return lines.slice(start, end === -1 ? undefined : end);
}

function isPlain(line: string): boolean {
  return line.trim() !== "" && !HEADING.test(line) && !ITEM.test(line) && !line.startsWith("```") && !ROW.test(line);
}

function blockAt(lines: readonly string[], start: number): { block: Block; numLines: number } {
  const line = lines[start] ?? "";
  const heading = HEADING.exec(line);
  if (heading) return { block: { kind: "heading", level: heading[1]?.length ?? 1, spans: spansOf(heading[2] ?? "") }, numLines: 1 };
  if (line.startsWith("```")) {
    const code = taken(lines, start + 1, (next) => !next.startsWith("```"));
    return { block: { kind: "code", text: code.join("\n") }, numLines: code.length + 2 };
  }
  if (ROW.test(line) && RULE.test(lines[start + 1] ?? "")) {
    const rows = taken(lines, start + 2, (next) => ROW.test(next));
    return { block: { kind: "table", head: cellsOf(line), rows: rows.map(cellsOf) }, numLines: rows.length + 2 };
  }
  if (ITEM.test(line)) {
    const items = taken(lines, start, (next) => ITEM.test(next));
    return { block: { kind: "list", items: items.map((item) => spansOf(ITEM.exec(item)?.[1] ?? "")) }, numLines: items.length };
  }
  const plain = [line, ...taken(lines, start + 1, isPlain)];
  return { block: { kind: "paragraph", spans: spansOf(plain.join(" ")) }, numLines: plain.length };
}

function factsOf(lines: readonly string[]): (readonly [string, string])[] {
  return lines.flatMap((line) => {
    const [, name, value] = FACT.exec(line) ?? [];
    return name !== undefined && value !== undefined ? [[name, value] as const] : [];
  });
}

export function blocksOf(text: string): Block[] {
  const lines = text.split(/\r?\n/u).map((line) => line.trimEnd());
  const blocks: Block[] = [];
  let at = 0;
  const headEnd = lines[0] === "---" ? lines.indexOf("---", 1) : -1;
  if (headEnd !== -1) {
    blocks.push({ kind: "facts", facts: factsOf(lines.slice(1, headEnd)) });
    at = headEnd + 1;
  }
  while (at < lines.length) {
    if (lines[at] === "") {
      at += 1;
      continue;
    }
    const { block, numLines } = blockAt(lines, at);
    blocks.push(block);
    at += numLines;
  }
  return blocks;
}
