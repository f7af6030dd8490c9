/** A file of questions as rows, read whole by the browser: CSV with a line of names, or JSON lines. */
import { decode, guessDelimiter, parseDelimited } from "@/features/datasets/read-head.ts";
import type { MessageKey, Params } from "@/lib/i18n/translate.ts";

export const MAX_BYTES = 20 * 1024 * 1024;
export const MAX_ROWS = 20_000;
export const ACCEPTED = ".csv,.tsv,.txt,.jsonl,.ndjson";

/** A sentence that is said in the reader's language when it is shown. */
export interface Said {
  key: MessageKey;
  params: Params;
}

export interface FileRow {
  /** From 1, the line of names not counted. */
  number: number;
  /** One for each column of the file. */
  cells: unknown[];
  /** Why the row is none. */
  problem: Said | null;
}

export interface BatchFile {
  name: string;
  form: "csv" | "jsonl";
  encoding: string;
  columns: string[];
  rows: FileRow[];
}

/** What is wrong with a file as a whole. */
export class BatchFileError extends Error {
  readonly said: Said;

  constructor(key: MessageKey, params: Params = {}) {
    super(key);
    this.name = "BatchFileError";
    this.said = { key, params };
  }
}

export async function readBatchFile(file: File): Promise<BatchFile> {
  if (file.size > MAX_BYTES) throw new BatchFileError("answered_file.too_large", { megabytes: MAX_BYTES / 2 ** 20 });
  const { text, encoding } = decode(new Uint8Array(await file.arrayBuffer()));
  return { name: file.name, encoding, ...batchRows(text) };
}

/** Raises BatchFileError for a text that is no table, or too long a one. */
export function batchRows(text: string): Pick<BatchFile, "form" | "columns" | "rows"> {
  const plain = text.replace(/^\uFEFF/, "");
  if (plain.trim() === "") throw new BatchFileError("answered_file.empty");
  if (plain.includes("\0")) throw new BatchFileError("answered_file.no_table");
  const read = plain.trimStart().startsWith("{") ? rowsOfLines(plain) : rowsOfTable(plain);
  if (read.rows.length === 0 || read.columns.length === 0) throw new BatchFileError("answered_file.no_rows");
  const twice = read.columns.find((column, index) => read.columns.indexOf(column) !== index);
  if (twice !== undefined) throw new BatchFileError("answered_file.same_column", { name: twice });
  if (read.rows.length > MAX_ROWS) throw new BatchFileError("answered_file.too_many", { count: read.rows.length, most: MAX_ROWS });
  return read;
}

function rowsOfTable(text: string): Pick<BatchFile, "form" | "columns" | "rows"> {
  const [columns = [], ...records] = parseDelimited(text, guessDelimiter(text));
  const rows = records.map((cells, index): FileRow => {
    const isFitting = cells.length === columns.length;
    const problem = isFitting ? null : { key: "answered_file.row_cells" as const, params: { count: cells.length, columns: columns.length } };
    return { number: index + 1, cells, problem };
  });
  return { form: "csv", columns, rows };
}

function rowsOfLines(text: string): Pick<BatchFile, "form" | "columns" | "rows"> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const objects = lines.map(objectOf);
  const columns = [...new Set(objects.flatMap((object) => (object === null ? [] : Object.keys(object))))];
  const rows = objects.map(
    (object, index): FileRow => ({
      number: index + 1,
      cells: columns.map((column) => (object !== null && Object.hasOwn(object, column) ? object[column] : undefined)),
      problem: object === null ? { key: "answered_file.row_json", params: {} } : null,
    }),
  );
  return { form: "jsonl", columns, rows };
}

function objectOf(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
