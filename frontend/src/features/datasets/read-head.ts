/** The beginning of a file as the browser reads it, while the file is still on its way. The server reads all of it and has the last word. */
export const HEAD_BYTES = 256 * 1024;
export const HEAD_ROWS = 100;

const SNIFFED_RECORDS = 10;
const DELIMITERS = [",", "\t", ";", "|"] as const;

export type Delimiter = (typeof DELIMITERS)[number];

export interface HeadTable {
  encoding: string;
  /** Null for JSON lines. */
  delimiter: Delimiter | null;
  columns: string[];
  rows: string[][];
  /** Rows in what was read, of which `rows` holds the first. */
  numRows: number;
}

interface Decoded {
  text: string;
  encoding: string;
}

/** Whether the browser could only guess an encoding: the server judges by the characters of many languages, over the whole file. */
export function isGuessed(encoding: string): boolean {
  return !encoding.startsWith("utf-");
}

/** UTF-8 and UTF-16 by their mark, else UTF-8 where it is valid, as the server has it; else a guess, GB18030 where it is valid or Windows-1252. */
export function decode(bytes: Uint8Array): Decoded {
  const marks: [string, number[]][] = [
    ["utf-8", [0xef, 0xbb, 0xbf]],
    ["utf-16le", [0xff, 0xfe]],
    ["utf-16be", [0xfe, 0xff]],
  ];
  const marked = marks.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (marked) return { text: new TextDecoder(marked[0]).decode(bytes), encoding: marked[0] };
  for (const encoding of ["utf-8", "gb18030"]) {
    try {
      // `stream` lets a character go that the end of the piece cut in two.
      return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true }), encoding };
    } catch {
      continue;
    }
  }
  return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "windows-1252" };
}

/** Records of a delimited text, quotes and line ends inside of cells included (RFC 4180). The last one may be cut off. */
export function parseDelimited(text: string, delimiter: string, limit = Infinity): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < text.length && records.length < limit; at += 1) {
    const sign = text[at] ?? "";
    if (isQuoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (sign === '"' && cell === "") isQuoted = true;
    else if (sign === delimiter) {
      record.push(cell);
      cell = "";
    } else if (sign === "\n" || sign === "\r") {
      if (sign === "\r" && text[at + 1] === "\n") at += 1;
      if (record.length > 0 || cell !== "") records.push([...record, cell]);
      record = [];
      cell = "";
    } else cell += sign;
  }
  if (records.length < limit && (record.length > 0 || cell !== "")) records.push([...record, cell]);
  return records;
}

/** The delimiter under which the first records have most columns, all alike; a comma when none does. */
export function guessDelimiter(text: string): Delimiter {
  const judged = DELIMITERS.map((delimiter) => {
    const widths = parseDelimited(text, delimiter, SNIFFED_RECORDS).map((record) => record.length);
    const [first = 1] = widths;
    return { delimiter, width: widths.every((width) => width === first) ? first : 1 };
  });
  return judged.reduce((best, next) => (next.width > best.width ? next : best)).delimiter;
}

function show(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function tableOfLines(text: string, encoding: string): HeadTable | null {
  const objects: Record<string, unknown>[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") continue;
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
      objects.push(value as Record<string, unknown>);
    } catch {
      return null;
    }
  }
  const columns = [...new Set(objects.slice(0, HEAD_ROWS).flatMap((object) => Object.keys(object)))];
  if (columns.length === 0) return null;
  const rows = objects.slice(0, HEAD_ROWS).map((object) => columns.map((column) => show(object[column])));
  return { encoding, delimiter: null, columns, rows, numRows: objects.length };
}

/** What a text looks like as a table; null when it is none. `isCut`: more follows, so the last row is left out. */
export function readTable({ text, encoding }: Decoded, isCut = false): HeadTable | null {
  const whole = isCut ? text.slice(0, Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1) : text;
  const plain = whole.replace(/^\uFEFF/, "");
  if (plain.trimStart().startsWith("{")) return tableOfLines(plain, encoding);
  const delimiter = guessDelimiter(plain);
  const [columns, ...records] = parseDelimited(plain, delimiter);
  if (columns === undefined) return null;
  const width = columns.length;
  const rows = records.slice(0, HEAD_ROWS).map((record) => Array.from({ length: width }, (_, index) => record[index] ?? ""));
  return { encoding, delimiter, columns, rows, numRows: records.length };
}

/** The first rows of a file; null for what the browser cannot read (Parquet, or no table at all). */
export async function readHead(file: Blob): Promise<HeadTable | null> {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const isParquet = [0x50, 0x41, 0x52, 0x31].every((byte, index) => bytes[index] === byte);
  if (isParquet || bytes.includes(0, 64)) {
    const isWide = bytes[0] === 0xff || bytes[0] === 0xfe;
    if (isParquet || !isWide) return null;
  }
  return readTable(decode(bytes), file.size > bytes.length);
}
