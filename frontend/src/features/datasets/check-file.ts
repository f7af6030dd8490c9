import type { MessageKey } from "@/lib/i18n/translate.ts";

export const ACCEPTED = [
  ...[".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson", ".json", ".parquet"],
  ...[".xlsx", ".xls", ".ods", ".conll", ".bio", ".iob", ".iob2"],
  ...[".zip", ".gz", ".zst", ".bz2"],
] as const;

/** What can be said before a byte is sent; the server reads the content and has the last word. */
export function checkFile(file: Pick<File, "name" | "size">): MessageKey | null {
  if (file.size === 0) return "upload.error_empty";
  const name = file.name.toLowerCase();
  if (!ACCEPTED.some((extension) => name.endsWith(extension))) return "upload.error_format";
  return null;
}
