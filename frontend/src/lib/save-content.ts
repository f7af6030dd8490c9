import { saveFile } from "@/lib/save-file.ts";

const KEPT_MS = 60_000;

/** Let the browser save content that the page has. It may begin to read it later than it is asked to, so the address lives on for a while. */
export function saveContent(content: Blob, filename: string): void {
  const url = URL.createObjectURL(content);
  saveFile(url, filename);
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
