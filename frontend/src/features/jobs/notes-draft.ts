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
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key(jobId)) ?? "null");
    if (typeof found !== "object" || found === null) return null;
    const { text, base } = found as Record<string, unknown>;
    return typeof text === "string" && typeof base === "string" ? { text, base } : null;
  } catch {
    return null;
  }
}

/** Null forgets it. */
export function keepDraft(jobId: string, draft: NotesDraft | null): void {
  try {
    if (draft === null || draft.text === draft.base) localStorage.removeItem(key(jobId));
    else localStorage.setItem(key(jobId), JSON.stringify(draft));
  } catch {
    // Without storage a draft lives as long as the page.
  }
}
