import type { SplitChoice } from "@/lib/api-types.ts";

/** `lost`: the page was loaded anew and does not hold the file any more. `fetching`: the server reads it from an address. */
export type UploadState = "refused" | "waiting" | "uploading" | "paused" | "failed" | "lost" | "fetching" | "done";

/** What tells a file from another one without reading all of it. */
export interface FileMarks {
  name: string;
  sizeBytes: number;
  lastModified: number;
  /** SHA-256 of the first bytes; null where the browser has no digests. */
  head: string | null;
}

export interface QueuedUpload extends FileMarks {
  id: string;
  /** Null for what the server fetches, and for what has to be chosen again. */
  file: File | null;
  split: SplitChoice;
  state: UploadState;
  sentBytes: number;
  bytesPerSecond: number | null;
  /** Where the server takes this file, once it was announced. */
  url: string | null;
  uploadId: string | null;
  error: string | null;
}

/** What an import is at the server, as far as the list needs it. */
export interface ImportNews {
  state: string;
  filename: string;
  sizeBytes: number;
  offsetBytes: number;
  problem: string | null;
}

export type NewUpload = FileMarks & Pick<QueuedUpload, "id" | "split" | "error"> & { file: File };

export type UploadAction =
  | { type: "added"; items: NewUpload[] }
  | { type: "restored"; items: readonly QueuedUpload[] }
  | { type: "import_begun"; id: string; uploadId: string; split: SplitChoice; news: ImportNews }
  | { type: "import_heard"; id: string; news: ImportNews; bytesPerSecond: number | null }
  | { type: "found_again"; id: string; file: File }
  | { type: "import_begun_again"; id: string; news: ImportNews }
  | { type: "error_told"; id: string; error: string }
  | { type: "announced"; id: string; url: string | null }
  | { type: "offset_heard"; id: string; sentBytes: number }
  | { type: "started"; id: string }
  | { type: "progressed"; id: string; sentBytes: number; bytesPerSecond: number | null }
  | { type: "paused"; id: string }
  | { type: "line_lost"; id: string }
  | { type: "queued_again"; id: string }
  | { type: "failed"; id: string; error: string }
  | { type: "finished"; id: string; uploadId: string }
  | { type: "split_chosen"; id: string; split: SplitChoice }
  | { type: "removed"; id: string };

/** Whether a file is the one that is remembered, and was not written to since: what was sent of it would not fit the rest. */
export function isSameFile(a: FileMarks, b: FileMarks): boolean {
  if (a.name !== b.name || a.sizeBytes !== b.sizeBytes || a.lastModified !== b.lastModified) return false;
  return a.head === null || b.head === null || a.head === b.head;
}

function change(queue: readonly QueuedUpload[], id: string, patch: Partial<QueuedUpload>): QueuedUpload[] {
  return queue.map((item) => (item.id === id ? { ...item, ...patch } : item));
}

function stateOf(queue: readonly QueuedUpload[], id: string): UploadState | null {
  return queue.find((item) => item.id === id)?.state ?? null;
}

/** A file that is in the list already is not taken twice; one that was lost goes on. */
function add(queue: readonly QueuedUpload[], item: NewUpload): readonly QueuedUpload[] {
  const known = queue.find((old) => old.state !== "fetching" && isSameFile(old, item));
  if (known) return known.state === "lost" ? change(queue, known.id, { file: item.file, state: "waiting", error: null }) : queue;
  return [
    ...queue,
    { ...item, state: item.error === null ? "waiting" : "refused", sentBytes: 0, bytesPerSecond: null, url: null, uploadId: null },
  ];
}

function importOf(news: ImportNews): Pick<QueuedUpload, "name" | "sizeBytes" | "sentBytes" | "state" | "error"> {
  const state = news.state === "received" ? "done" : news.state === "fetching" ? "fetching" : "failed";
  return { name: news.filename, sizeBytes: news.sizeBytes, sentBytes: news.offsetBytes, state, error: news.problem };
}

/** The list of files on their way. Late news about a paused or removed file changes nothing. */
export function uploadQueue(queue: readonly QueuedUpload[], action: UploadAction): readonly QueuedUpload[] {
  switch (action.type) {
    case "added":
      return action.items.reduce(add, queue);
    case "restored":
      return [...queue, ...action.items.filter((item) => !queue.some((old) => old.id === item.id))];
    case "import_begun": {
      const marks = { lastModified: 0, head: null, file: null, url: null, bytesPerSecond: null };
      return [...queue, { id: action.id, uploadId: action.uploadId, split: action.split, ...marks, ...importOf(action.news) }];
    }
    case "import_heard":
      if (stateOf(queue, action.id) !== "fetching") return queue;
      return change(queue, action.id, { ...importOf(action.news), bytesPerSecond: action.bytesPerSecond });
    case "found_again":
      if (stateOf(queue, action.id) !== "lost") return queue;
      return change(queue, action.id, { file: action.file, state: "waiting", error: null });
    case "import_begun_again":
      return change(queue, action.id, { ...importOf(action.news), bytesPerSecond: null });
    case "error_told":
      return change(queue, action.id, { error: action.error });
    case "announced":
      return change(queue, action.id, { url: action.url });
    case "offset_heard": {
      const known = queue.find((item) => item.id === action.id);
      // A finished file that the server removed since cannot become a dataset.
      if (known?.state === "done" && action.sentBytes < known.sizeBytes) return queue.filter((item) => item !== known);
      return known?.state === "lost" ? change(queue, action.id, { sentBytes: action.sentBytes }) : queue;
    }
    case "started":
      return change(queue, action.id, { state: "uploading", error: null });
    case "progressed":
      if (stateOf(queue, action.id) !== "uploading") return queue;
      return change(queue, action.id, { sentBytes: action.sentBytes, bytesPerSecond: action.bytesPerSecond });
    case "paused":
      if (stateOf(queue, action.id) === "done") return queue;
      return change(queue, action.id, { state: "paused", bytesPerSecond: null });
    case "line_lost":
      if (stateOf(queue, action.id) !== "uploading") return queue;
      return change(queue, action.id, { state: "waiting", bytesPerSecond: null });
    case "queued_again":
      return change(queue, action.id, { state: "waiting", error: null });
    case "failed":
      if (stateOf(queue, action.id) !== "uploading") return queue;
      return change(queue, action.id, { state: "failed", error: action.error, bytesPerSecond: null });
    case "finished":
      return queue.map((item) =>
        item.id === action.id
          ? { ...item, state: "done", uploadId: action.uploadId, sentBytes: item.sizeBytes, bytesPerSecond: null, error: null }
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

function isComplete(queue: readonly QueuedUpload[]): boolean {
  const wanted = queue.filter((item) => item.state !== "refused");
  return wanted.length > 0 && wanted.every((item) => item.state === "done");
}

type Hint = `upload.${"none" | "wait" | "wait_failed" | "wait_paused" | "wait_refused"}`;

/** Why the files cannot be used yet; null when they can. */
export function uploadsHint(queue: readonly QueuedUpload[]): Hint | null {
  if (isComplete(queue)) return null;
  if (queue.length === 0) return "upload.none";
  const states = new Set(queue.map((item) => item.state));
  if (states.has("uploading") || states.has("waiting") || states.has("fetching")) return "upload.wait";
  if (states.has("failed") || states.has("lost")) return "upload.wait_failed";
  return states.has("paused") ? "upload.wait_paused" : "upload.wait_refused";
}
