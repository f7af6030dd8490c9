/** Answers as files: the rows as they were, each with what the model says or why it says nothing. */
import type { BatchFile, FileRow } from "@/features/models/batch-file.ts";
import type { Outcome } from "@/features/models/batch-run.ts";
import type { Prediction } from "@/lib/api-types.ts";

/** What the model says in one cell, and how sure it is where it says one thing. */
export function answerCell(prediction: Prediction): { answer: string | number; score: number | null } {
  switch (prediction.kind) {
    case "labels": {
      const [first] = prediction.labels;
      return { answer: first?.label ?? "", score: first?.score ?? null };
    }
    case "label_set":
      return plain(JSON.stringify(prediction.labels.filter((entry) => entry.is_given).map(({ label }) => label)));
    case "number":
      return plain(prediction.value);
    case "spans":
      return plain(JSON.stringify(prediction.spans));
    case "answer":
      return { answer: prediction.is_answer ? (prediction.passage?.text ?? "") : "", score: prediction.passage?.score ?? null };
    case "vector":
      return plain(JSON.stringify(prediction.vector));
    case "ranking":
      return plain(JSON.stringify(prediction.candidates));
    case "hidden_words":
      return plain(JSON.stringify(prediction.masks.map((words) => words[0]?.word ?? "")));
    case "text":
      return plain(prediction.text);
  }
}

function plain(answer: string | number): { answer: string | number; score: null } {
  return { answer, score: null };
}

/** Problems and what they are about, in the reader's language. */
export type Tell = (outcome: Outcome | undefined) => string | null;

/** Excel takes a file without the mark for one in the encoding of the machine. */
const MARK = "\uFEFF";

export function answersCsv(file: BatchFile, outcomes: readonly (Outcome | undefined)[], tell: Tell): string {
  const added = ["prediction", "score", "problem"].map((name) => freeName(name, file.columns));
  const lines = file.rows.map((row, place) => {
    const outcome = outcomes[place];
    const { answer, score } = outcome !== undefined && "prediction" in outcome ? answerCell(outcome.prediction) : plain("");
    // A row that is too long or too short for its table is written as long as the table.
    return csvLine([...file.columns.map((_, index) => row.cells[index]), answer, score, tell(outcome)]);
  });
  return MARK + [csvLine([...file.columns, ...added]), ...lines].join("");
}

export function answersJsonl(file: BatchFile, outcomes: readonly (Outcome | undefined)[], tell: Tell): string {
  const lines = file.rows.map((row, place) => {
    const outcome = outcomes[place];
    const prediction = outcome !== undefined && "prediction" in outcome ? outcome.prediction : null;
    return `${JSON.stringify({ row: row.number, input: inputOf(file, row), prediction, problem: tell(outcome) })}\n`;
  });
  return lines.join("");
}

function inputOf(file: BatchFile, row: FileRow): Record<string, unknown> {
  return Object.fromEntries(file.columns.map((column, index) => [column, row.cells[index]]));
}

/** A file may have a column of that name already. */
function freeName(name: string, taken: readonly string[]): string {
  const known = new Set(taken);
  let free = name;
  for (let number = 2; known.has(free); number += 1) free = `${name}_${number}`;
  return free;
}

/** What spreadsheets take for the beginning of a formula; a number is none. */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?\d+([.,]\d+)*(e[+-]?\d+)?$/i;

function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
