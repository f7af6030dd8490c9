import { readKept, writeKept } from "@/lib/kept-json.ts";
import { requestContext } from "@/lib/request-context.ts";

/** Notes that somebody writes and has not saved: `base` is what they began with. Kept by this browser, whatever becomes of the line. */
export interface NotesDraft {
  text: string;
  base: string;
}

function key(jobId: string): string {
  return `anneal.notes.${requestContext.tenantId ?? ""}.${jobId}`;
}

export function keptDraft(jobId: string): NotesDraft | null {
  const found = readKept("localStorage", key(jobId));
  if (typeof found !== "object" || found === null) return null;
  const { text, base } = found as Record<string, unknown>;
  return typeof text === "string" && typeof base === "string" ? { text, base } : null;
}

/** Null forgets it. */
export function keepDraft(jobId: string, draft: NotesDraft | null): void {
  writeKept("localStorage", key(jobId), draft === null || draft.text === draft.base ? null : draft);
}
