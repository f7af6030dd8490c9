/** From the rows of a file to questions for a model of some task. */
import type { FileRow, Said } from "@/features/models/batch-file.ts";
import { linesOf, MAX_CANDIDATES, maxCharacters } from "@/features/models/question-limits.ts";
import type { DataRole, Question } from "@/lib/api-types.ts";
import { questionFields } from "@/lib/tasks.ts";

/** Other fields that a model of a task may be asked with; a file has them where its columns are called so. */
const OTHER_FORMS: Readonly<Record<string, readonly DataRole[]>> = { token_classification: ["tokens"], chat: ["messages"], preference: ["messages"] };

/** Rows of one request: few where a single answer is a lot of work, so that progress shows and a failure costs little. */
const AT_ONCE = 32;
const AT_ONCE_OF: Readonly<Record<string, number>> = { question_answering: 8, ranking: 4, causal_lm: 2, chat: 2, preference: 2 };

export function rowsAtOnce(task: string): number {
  return AT_ONCE_OF[task] ?? AT_ONCE;
}

/** Field of the task -> place of a column; null where none was found. */
export type BatchMapping = ReadonlyMap<DataRole, number | null>;

/** By name, whatever its case; the only column is the only field. */
export function guessMapping(task: string, columns: readonly string[]): BatchMapping {
  const names = columns.map((column) => column.trim().toLowerCase());
  const placed = (fields: readonly DataRole[]): BatchMapping =>
    new Map(
      fields.map((field) => {
        const place = names.indexOf(field);
        return [field, place === -1 ? null : place];
      }),
    );
  const usual = questionFields(task);
  const found = placed(usual);
  if (isComplete(found)) return found;
  const other = OTHER_FORMS[task];
  if (other !== undefined && isComplete(placed(other))) return placed(other);
  const [only] = usual;
  return usual.length === 1 && only !== undefined && columns.length === 1 ? new Map([[only, 0]]) : found;
}

export function isComplete(mapping: BatchMapping): boolean {
  return [...mapping.values()].every((place) => place !== null);
}

export type Asked = { question: Question } | { said: Said };

/** A row as a question; what can be told to be wrong with it without asking is told here. */
export function questionOf(row: FileRow, mapping: BatchMapping): Asked {
  if (row.problem !== null) return { said: row.problem };
  const question: Question = {};
  for (const [field, place] of mapping) {
    const value = valueOf(field, place === null ? undefined : row.cells[place]);
    if (value === null) return { said: { key: "answered_file.row_blank", params: { field } } };
    const length = typeof value === "string" ? value.length : 0;
    if (length > maxCharacters(field)) return { said: { key: "answered_file.row_long", params: { field, count: length, max: maxCharacters(field) } } };
    if (field === "candidates" && value.length > MAX_CANDIDATES) return { said: { key: "answered_file.row_candidates", params: { count: value.length, max: MAX_CANDIDATES } } };
    question[field] = value;
  }
  return { question };
}

/** Lists are lists, or JSON in a cell of a CSV file; candidates may stand on lines, and tokens between spaces. Null says nothing. */
function valueOf(field: DataRole, cell: unknown): Question[string] | null {
  if (field === "candidates" || field === "tokens" || field === "messages") {
    const list = Array.isArray(cell) ? cell : typeof cell === "string" ? (jsonList(cell) ?? partsOf(field, cell)) : [];
    // What the lists hold is the server's to check: its refusal names the row.
    return list.length > 0 ? (list as string[]) : null;
  }
  if (typeof cell === "number" || typeof cell === "boolean") return String(cell);
  return typeof cell === "string" && cell.trim() !== "" ? cell : null;
}

function jsonList(cell: string): unknown[] | null {
  if (!cell.trimStart().startsWith("[")) return null;
  try {
    const value: unknown = JSON.parse(cell);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function partsOf(field: DataRole, cell: string): string[] {
  if (field === "candidates") return linesOf(cell);
  return field === "tokens" ? cell.split(/\s+/).filter((token) => token !== "") : [];
}
