import type { QueuedUpload } from "@/features/datasets/upload-queue.ts";
import { readKept, writeKept } from "@/lib/kept-json.ts";
import { requestContext } from "@/lib/request-context.ts";

/** Remembered by the tab, so that two tabs do not take each other's files. Another tab still goes on where a file was left: tus knows it. */
const KEY = "anneal.uploads";

type Remembered = Omit<QueuedUpload, "file" | "bytesPerSecond" | "sentBytes">;

/** `place`: what the files are for, so that those of a new dataset do not land among those that are added to another. */
function key(place: string): string {
  return [KEY, requestContext.tenantId ?? "", ...(place === "" ? [] : [place])].join(".");
}

/** Files of this page that are still in hand: a walk to another page and back does not lose them. */
const inHand = new Map<string, File>();

function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== "object" || value === null) return false;
  const { id, name, sizeBytes, lastModified, split, state } = value as Record<string, unknown>;
  return [id, name, split, state].every((part) => typeof part === "string") && [sizeBytes, lastModified].every((part) => typeof part === "number");
}

function restore(item: Remembered): QueuedUpload {
  const file = inHand.get(item.id) ?? null;
  const base = { ...item, file, bytesPerSecond: null, sentBytes: item.state === "done" ? item.sizeBytes : 0 };
  if (item.state === "done" || item.state === "fetching" || (item.state === "failed" && item.uploadId !== null)) return base;
  if (file === null) return { ...base, state: "lost", error: null };
  return { ...base, state: item.state === "uploading" ? "waiting" : item.state };
}

function withoutFile({ id, name, sizeBytes, lastModified, head, split, state, url, uploadId, error }: QueuedUpload): Remembered {
  return { id, name, sizeBytes, lastModified, head, split, state, url, uploadId, error };
}

export function rememberQueue(queue: readonly QueuedUpload[], place = ""): void {
  for (const item of queue) if (item.file !== null) inHand.set(item.id, item.file);
  const kept = queue.filter((item) => item.state !== "refused").map(withoutFile);
  const text = JSON.stringify(kept);
  try {
    if (kept.length === 0) sessionStorage.removeItem(key(place));
    else if (sessionStorage.getItem(key(place)) !== text) sessionStorage.setItem(key(place), text);
  } catch {
    // Without storage the list lives as long as the page.
  }
}

export function rememberedQueue(place = ""): readonly QueuedUpload[] {
  const found = readKept("sessionStorage", key(place));
  return Array.isArray(found) ? found.filter(isRemembered).map(restore) : [];
}

export function forgetQueue(place = ""): void {
  for (const { id } of rememberedQueue(place)) inHand.delete(id);
  writeKept("sessionStorage", key(place), null);
}
