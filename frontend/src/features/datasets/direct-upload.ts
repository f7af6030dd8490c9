import { datasetCalls } from "@/features/datasets/calls.ts";
import { dropUpload } from "@/features/datasets/drop-upload.ts";
import { api, unwrap } from "@/lib/api-client.ts";
import { asApiError } from "@/lib/api-error.ts";
import type { DirectAnswer, SplitChoice, UploadRow } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { waitFor } from "@/lib/wait-for.ts";

const AT_ONCE = 3;
/** Of an upload that is not there any more: it is begun anew. */
export const GONE: ReadonlySet<number> = new Set([404, 410]);
/** Long enough for a web process to be started anew. */
export const RETRY_DELAYS_MS = [1000, 3000, 6000, 12_000, 20_000, 30_000];

/** The store cannot be reached from this browser, or does not let it: nothing has arrived, and nothing will. */
export class StoreUnreachable extends Error {}

/** The store answered, and refused. */
export class StoreRefused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the store answers ${String(status)}`);
    this.status = status;
  }
}

interface Options {
  /** Of an upload that was begun before. */
  uploadId: string | null;
  split: SplitChoice;
  onBegun: (uploadId: string) => void;
  onProgress: (sentBytes: number) => void;
  onSuccess: (uploadId: string) => void;
  onError: (error: unknown) => void;
  /** Milliseconds to wait before each further attempt at a part. */
  retryDelays?: readonly number[];
}

/** Sends a file in parts straight to the object store. What arrived is asked of the server, so that a part is never sent twice. */
export class DirectUpload {
  private readonly file: File;
  private readonly options: Options;
  /** Bytes of each part that arrived, or are arriving. */
  private readonly arriving = new Map<number, number>();
  private controller: AbortController | null = null;
  private beginning: Promise<DirectAnswer> | null = null;
  private uploadId: string | null;

  constructor(file: File, options: Options) {
    this.file = file;
    this.options = options;
    this.uploadId = options.uploadId;
  }

  start(): void {
    if (this.controller !== null) return;
    const controller = new AbortController();
    this.controller = controller;
    this.send(controller).then(
      (uploadId) => {
        if (!controller.signal.aborted) this.options.onSuccess(uploadId);
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        // Two parts that are under way beside the one that failed would go on for nothing.
        controller.abort();
        this.controller = null;
        this.options.onError(error);
      },
    );
  }

  async abort(isGivenUp = false): Promise<void> {
    this.controller?.abort();
    this.controller = null;
    if (isGivenUp && this.uploadId !== null) await dropUpload(this.uploadId);
  }

  private async send(controller: AbortController): Promise<string> {
    const { signal } = controller;
    const known = this.uploadId === null ? null : await whatIsThere(this.uploadId);
    if (known !== null && !("part_bytes" in known)) return known.id;
    const { upload, part_bytes, num_parts, received } = known ?? (await this.begin());
    const there = new Set(received);
    const sizeOf = (number: number) => Math.min(part_bytes, this.file.size - (number - 1) * part_bytes);
    this.arriving.clear();
    for (const number of there) this.arriving.set(number, sizeOf(number));
    const waiting = Array.from({ length: num_parts }, (_, at) => at + 1).filter((number) => !there.has(number));
    const work = async () => {
      for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
        const begin = (number - 1) * part_bytes;
        await this.sendPart(upload.id, number, this.file.slice(begin, begin + sizeOf(number)), signal);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    signal.throwIfAborted();
    await unwrap(api.POST("/api/v1/uploads/{id}/finish", { params: { path: { id: upload.id } }, signal }));
    return upload.id;
  }

  private async begin(): Promise<DirectAnswer> {
    // What was begun before is gone.
    if (this.uploadId !== null) this.beginning = null;
    // Whoever pauses at once and goes on waits for the same upload.
    this.beginning ??= this.announce();
    try {
      return await this.beginning;
    } catch (error) {
      this.beginning = null;
      throw error;
    }
  }

  private async announce(): Promise<DirectAnswer> {
    const { name, size } = this.file;
    const begun = await unwrap(api.POST("/api/v1/uploads/direct", { body: { filename: name, split: this.options.split, size_bytes: size } }));
    this.uploadId = begun.upload.id;
    this.options.onBegun(begun.upload.id);
    return begun;
  }

  private async sendPart(id: string, number: number, part: Blob, signal: AbortSignal): Promise<void> {
    const delays = this.options.retryDelays ?? RETRY_DELAYS_MS;
    for (let attempt = 0; ; attempt += 1) {
      signal.throwIfAborted();
      // An address is good for one part and a quarter of an hour, so each attempt has its own.
      const asked = await unwrap(api.POST("/api/v1/uploads/{id}/parts", { params: { path: { id } }, body: { numbers: [number] }, signal }));
      const status = await putPart(asked.parts[0]?.url ?? "", part, signal, (bytes) => this.note(number, bytes));
      if (status >= 200 && status < 300) {
        this.note(number, part.size);
        return;
      }
      this.note(number, 0);
      const hasNothing = [...this.arriving.values()].every((bytes) => bytes === 0);
      if (status === 0 && hasNothing && navigator.onLine && attempt > 0) throw new StoreUnreachable();
      const delay = delays[attempt];
      if (delay === undefined) throw status === 0 ? new StoreUnreachable() : new StoreRefused(status);
      await waitFor(delay, signal);
    }
  }

  private note(number: number, bytes: number): void {
    this.arriving.set(number, bytes);
    this.options.onProgress([...this.arriving.values()].reduce((sum, part) => sum + part, 0));
  }
}

/** What the server has of an upload: all of it, so many parts, or nothing any more. */
async function whatIsThere(id: string): Promise<UploadRow | DirectAnswer | null> {
  try {
    const upload = await send(datasetCalls.uploadRead(id));
    // Made whole before, and only the answer to that was lost.
    if (upload.state === "received") return upload;
    return await unwrap(api.GET("/api/v1/uploads/{id}/parts", { params: { path: { id } } }));
  } catch (error) {
    if (GONE.has(asApiError(error).status)) return null;
    throw error;
  }
}

/** The status of a PUT, 0 where there was no answer. `fetch` says nothing of how far a body is. */
function putPart(url: string, part: Blob, signal: AbortSignal, onProgress: (bytes: number) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const end = (settle: () => void) => {
      signal.removeEventListener("abort", stop);
      settle();
    };
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => end(() => resolve(request.status));
    request.onerror = () => end(() => resolve(0));
    request.onabort = () => end(() => reject(new DOMException("Aborted", "AbortError")));
    signal.addEventListener("abort", stop);
    request.open("PUT", url);
    request.send(part);
  });
}
