import { type HeadTable, readTable } from "@/features/datasets/read-head.ts";

const EXTENSIONS = { "\t": ".tsv", ",": ".csv", ";": ".csv", "|": ".csv" } as const;

/** Pasted text as a table: what a spreadsheet puts on the clipboard (tabs), CSV, or JSON lines. Null when it is none of these. */
export function pastedTable(text: string): HeadTable | null {
  return text.trim() === "" ? null : readTable({ text, encoding: "utf-8" });
}

/** The file that pasted rows become. Its text is what was pasted, to the letter. */
export function pastedFile(text: string, table: HeadTable, name: string): File {
  const extension = table.delimiter === null ? ".jsonl" : EXTENSIONS[table.delimiter];
  const stem = name.toLowerCase().endsWith(extension) ? name.slice(0, -extension.length) : name;
  return new File([text], `${stem}${extension}`, { type: "text/plain" });
}
