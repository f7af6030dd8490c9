import type { DatasetFile } from "@/lib/api-types.ts";
import type { MessageKey } from "@/lib/i18n/translate.ts";

/** Things that can be said about how a file is read. */
export type ChoiceName = "encoding" | "delimiter" | "quoting" | "has_header" | "sheet" | "sheet_column" | "header_row" | "tag_column" | "layout";

export const ENCODINGS = [
  ...["utf-8", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"],
  ...["cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "koi8-r", "iso-8859-1", "iso-8859-2", "iso-8859-15"],
] as const;

export const DELIMITERS: readonly { value: string; key: MessageKey }[] = [
  { value: ",", key: "reading.comma" },
  { value: "\t", key: "reading.tab" },
  { value: ";", key: "reading.semicolon" },
  { value: "|", key: "reading.bar" },
  { value: " ", key: "reading.space" },
];

export const QUOTINGS: readonly { value: NonNullable<DatasetFile["reading"]>["quoting"]; key: MessageKey }[] = [
  { value: "doubled", key: "reading.quoting.doubled" },
  { value: "backslash", key: "reading.quoting.backslash" },
  { value: "none", key: "reading.quoting.none" },
];

/** Whether a separator is none of those that are offered by name. */
export function isUnnamed(delimiter: string | null): delimiter is string {
  return delimiter !== null && DELIMITERS.every(({ value }) => value !== delimiter);
}

const TABLE: readonly ChoiceName[] = ["encoding", "delimiter", "quoting", "has_header"];
const SHEET: readonly ChoiceName[] = ["sheet", "sheet_column", "has_header", "header_row"];

/** What belongs to the format of a file. One that could not be read is taken for a table of text. */
export function choicesFor(format: DatasetFile["format"]): readonly ChoiceName[] {
  switch (format) {
    case "parquet":
      return [];
    case "xlsx":
    case "xls":
    case "ods":
      return SHEET;
    case "conll":
      return ["encoding", "tag_column"];
    case "text":
      return ["encoding", "layout"];
    case "json":
    case "jsonl":
      return ["encoding"];
    default:
      return TABLE;
  }
}

/** Names that are the same in every language. */
export const DIALECTS: Partial<Record<string, string>> = {
  alpaca: "Alpaca",
  sharegpt: "ShareGPT",
  prompt_completion: "prompt/completion",
  openai_chat: "OpenAI chat",
  openai_preference: "OpenAI DPO",
  kto: "KTO",
  squad: "SQuAD",
};

export function fileName(file: Pick<DatasetFile, "filename" | "member">): string {
  return file.member === "" ? file.filename : `${file.filename}/${file.member}`;
}

/** The sheets of a file's workbook that are read, in the order of the files: each of several is a file of its own. */
export function sheetsRead(file: DatasetFile, files: readonly DatasetFile[]): string[] {
  const own = files.filter((other) => other.upload_id === file.upload_id && workbookOf(other) === workbookOf(file));
  return own.flatMap(({ choices }) => choices.sheet ?? []);
}

/** What a file's workbook is called in its archive, empty for one that was uploaded as it is. */
function workbookOf({ member, choices: { sheet } }: DatasetFile): string {
  if (sheet === undefined) return member;
  return member === sheet ? "" : member.endsWith(`/${sheet}`) ? member.slice(0, -sheet.length - 1) : member;
}
