import type { SplitChoice } from "@/lib/api-types.ts";

export type UploadState = "refused" | "waiting" | "uploading" | "paused" | "failed" | "done";

export interface QueuedUpload {
  id: string;
  file: File;
  split: SplitChoice;
  state: UploadState;
  sentBytes: number;
  bytesPerSecond: number | null;
  uploadId: string | null;
  error: string | null;
}

export type UploadAction =
  | { type: "added"; items: Pick<QueuedUpload, "id" | "file" | "split" | "error">[] }
  | { type: "started"; id: string }
  | { type: "progressed"; id: string; sentBytes: number; bytesPerSecond: number | null }
  | { type: "paused"; id: string }
  | { type: "queued_again"; id: string }
  | { type: "failed"; id: string; error: string }
  | { type: "finished"; id: string; uploadId: string }
  | { type: "split_chosen"; id: string; split: SplitChoice }
  | { type: "removed"; id: string };

/** A file that is already in the list (same name, size and date) is not taken twice. */
function isSame(a: File, b: File): boolean {
  return a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
}

function change(queue: readonly QueuedUpload[], id: string, patch: Partial<QueuedUpload>): QueuedUpload[] {
  return queue.map((item) => (item.id === id ? { ...item, ...patch } : item));
}

function stateOf(queue: readonly QueuedUpload[], id: string): UploadState | null {
  return queue.find((item) => item.id === id)?.state ?? null;
}

/** The list of files being sent. Late news about a paused or removed file changes nothing. */
export function uploadQueue(queue: readonly QueuedUpload[], action: UploadAction): readonly QueuedUpload[] {
  switch (action.type) {
    case "added": {
      const fresh = action.items.filter((item) => !queue.some((old) => isSame(old.file, item.file)));
      return [
        ...queue,
        ...fresh.map((item): QueuedUpload => ({
          ...item,
          state: item.error === null ? "waiting" : "refused",
          sentBytes: 0,
          bytesPerSecond: null,
          uploadId: null,
        })),
      ];
    }
    case "started":
      return change(queue, action.id, { state: "uploading", error: null });
    case "progressed":
      if (stateOf(queue, action.id) !== "uploading") return queue;
      return change(queue, action.id, { sentBytes: action.sentBytes, bytesPerSecond: action.bytesPerSecond });
    case "paused":
      if (stateOf(queue, action.id) === "done") return queue;
      return change(queue, action.id, { state: "paused", bytesPerSecond: null });
    case "queued_again":
      return change(queue, action.id, { state: "waiting", error: null });
    case "failed":
      if (stateOf(queue, action.id) !== "uploading") return queue;
      return change(queue, action.id, { state: "failed", error: action.error, bytesPerSecond: null });
    case "finished":
      return queue.map((item) =>
        item.id === action.id
          ? { ...item, state: "done", uploadId: action.uploadId, sentBytes: item.file.size, bytesPerSecond: null, error: null }
          : item,
      );
    case "split_chosen":
      return change(queue, action.id, { split: action.split });
    case "removed":
      return queue.filter((item) => item.id !== action.id);
  }
}

/** Which waiting files may start now, so that at most `limit` are on their way. */
export function nextToStart(queue: readonly QueuedUpload[], limit: number): readonly QueuedUpload[] {
  const active = queue.filter((item) => item.state === "uploading").length;
  return queue.filter((item) => item.state === "waiting").slice(0, Math.max(0, limit - active));
}

export function isComplete(queue: readonly QueuedUpload[]): boolean {
  const wanted = queue.filter((item) => item.state !== "refused");
  return wanted.length > 0 && wanted.every((item) => item.state === "done");
}
