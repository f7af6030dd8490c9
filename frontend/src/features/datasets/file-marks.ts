import type { FileMarks } from "@/features/datasets/upload-queue.ts";

const MARKED_BYTES = 64 * 1024;

async function digest(bytes: ArrayBuffer): Promise<string | null> {
  // Browsers keep digests to themselves on pages that came over plain http from another machine.
  if (!("subtle" in crypto)) return null;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** By what a file is known again after the page was loaded anew. A file that cannot be read is known by its date. */
export async function fileMarks(file: File): Promise<FileMarks> {
  const marks = { name: file.name, sizeBytes: file.size, lastModified: file.lastModified };
  try {
    return { ...marks, head: await digest(await file.slice(0, MARKED_BYTES).arrayBuffer()) };
  } catch {
    return { ...marks, head: null };
  }
}
