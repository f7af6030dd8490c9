import { useCallback, useEffect, useReducer, useRef } from "react";
import { DetailedError, Upload } from "tus-js-client";

import { datasetCalls } from "@/features/datasets/calls.ts";
import { checkFile } from "@/features/datasets/check-file.ts";
import { DirectUpload, GONE, RETRY_DELAYS_MS, StoreRefused, StoreUnreachable } from "@/features/datasets/direct-upload.ts";
import { dropUpload } from "@/features/datasets/drop-upload.ts";
import { fileMarks } from "@/features/datasets/file-marks.ts";
import { guessSplit } from "@/features/datasets/guess-split.ts";
import { fileAgain, forgetHandle, keepHandle, type PickedFile } from "@/features/datasets/picked-files.ts";
import { forgetQueue, rememberedQueue, rememberQueue } from "@/features/datasets/upload-memory.ts";
import { isSameFile, nextToStart, type QueuedUpload, uploadQueue } from "@/features/datasets/upload-queue.ts";
import { useImports } from "@/features/datasets/use-imports.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { api, unwrap } from "@/lib/api-client.ts";
import { ApiError, apiErrorFrom, asApiError } from "@/lib/api-error.ts";
import type { SplitChoice } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { contextHeaders, csrfToken } from "@/lib/request-context.ts";
import { useOnline } from "@/lib/use-online.ts";

const ENDPOINT = "/api/v1/uploads";
const CHUNK_BYTES = 8 * 1024 * 1024;
const AT_ONCE = 2;
const SPEED_WINDOW_S = 0.5;

/** What is on its way, by either way. */
type Sending = Pick<Upload, "start" | "abort">;

const UPLOAD = /\/uploads\/([^/?]+)(\/parts)?/;

function idFrom(url: string | null): string {
  return UPLOAD.exec(url ?? "")?.[1] ?? "";
}

/** The address of an upload past the web process is that of its parts. */
function isDirect(url: string | null): boolean {
  return UPLOAD.exec(url ?? "")?.[2] !== undefined;
}

/** The server's sentence when it gave one, else that the line broke. */
function describe(error: unknown, t: Translate): string {
  if (error instanceof StoreRefused) return t("upload.error_store", { status: String(error.status) });
  if (error instanceof ApiError) return describeError(error, t);
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (!response) return t("upload.error_connection");
  try {
    return apiErrorFrom(response.getStatus(), JSON.parse(response.getBody())).message;
  } catch {
    return t("error.unreadable", { status: String(response.getStatus()) });
  }
}

/** How much the server has of a remembered upload: nothing once it expired, null when it could not be asked. */
async function remembered(item: QueuedUpload): Promise<number | null> {
  const id = item.uploadId ?? idFrom(item.url);
  if (id === "") return 0;
  try {
    const upload = await send(datasetCalls.uploadRead(id));
    if (upload.state === "receiving" && isDirect(item.url)) {
      const { part_bytes, received } = await unwrap(api.GET("/api/v1/uploads/{id}/parts", { params: { path: { id } } }));
      return Math.min(item.sizeBytes, received.length * part_bytes);
    }
    return upload.state === "expired" ? 0 : upload.offset_bytes;
  } catch (error) {
    return GONE.has(asApiError(error).status) ? 0 : null;
  }
}

/** Sends files by the tus protocol, large ones straight to the object store where it is reached: what was sent stays sent, through pauses, lost lines and a reload of the page. */
export function useUploads(place = "") {
  const { t } = useI18n();
  const { takesDirectUploads } = useWorkspace();
  const isOnline = useOnline();
  const [queue, dispatch] = useReducer(uploadQueue, null, () => rememberedQueue(place));
  const running = useRef(new Map<string, Sending>());
  const { beginImport, fetchAgain } = useImports(queue, dispatch);

  // Where a browser turned out not to reach the store, the web process takes the files.
  const isStoreReached = useRef(true);

  const handlers = useCallback(
    ({ id, sentBytes: before }: QueuedUpload) => {
      let last = { at: performance.now(), bytes: before };
      return {
        onProgress: (sentBytes: number) => {
          const now = performance.now();
          const seconds = (now - last.at) / 1000;
          const bytesPerSecond = seconds > 0 ? (sentBytes - last.bytes) / seconds : null;
          if (seconds > SPEED_WINDOW_S) last = { at: now, bytes: sentBytes };
          dispatch({ type: "progressed", id, sentBytes, bytesPerSecond: bytesPerSecond !== null && bytesPerSecond > 0 ? bytesPerSecond : null });
        },
        onError: (error: unknown) => {
          // Without a line nothing failed: the file goes on when the line is back.
          if (navigator.onLine) dispatch({ type: "failed", id, error: describe(error, t) });
          else dispatch({ type: "line_lost", id });
        },
        onFinished: (uploadId: string) => {
          running.current.delete(id);
          dispatch({ type: "finished", id, uploadId });
        },
      };
    },
    [t],
  );

  const sendDirect = useCallback(
    (item: QueuedUpload, file: File) => {
      const { id } = item;
      const { onProgress, onError, onFinished } = handlers(item);
      const upload = new DirectUpload(file, {
        uploadId: isDirect(item.url) ? idFrom(item.url) : null,
        split: item.split,
        onBegun: (uploadId) => dispatch({ type: "announced", id, url: `${ENDPOINT}/${uploadId}/parts` }),
        onProgress,
        onSuccess: onFinished,
        onError: (error) => {
          if (!(error instanceof StoreUnreachable) || !navigator.onLine) {
            onError(error);
            return;
          }
          isStoreReached.current = false;
          running.current.delete(id);
          void upload.abort(true);
          dispatch({ type: "announced", id, url: null });
          dispatch({ type: "queued_again", id });
        },
      });
      running.current.set(id, upload);
      dispatch({ type: "started", id });
      upload.start();
    },
    [handlers],
  );

  const begin = useCallback(
    (item: QueuedUpload, file: File) => {
      const { id } = item;
      const isLarge = takesDirectUploads && isStoreReached.current && file.size > CHUNK_BYTES;
      if (item.url === null ? isLarge : isDirect(item.url)) {
        sendDirect(item, file);
        return;
      }
      const { onProgress, onError, onFinished } = handlers(item);
      const upload = new Upload(file, {
        endpoint: ENDPOINT,
        ...(item.url === null ? {} : { uploadUrl: item.url }),
        chunkSize: CHUNK_BYTES,
        // Each piece that arrives begins the list again.
        retryDelays: [0, ...RETRY_DELAYS_MS],
        removeFingerprintOnSuccess: true,
        metadata: { filename: file.name, split: item.split === "auto" ? "" : item.split },
        onBeforeRequest: (request) => {
          for (const [name, value] of Object.entries(contextHeaders())) request.setHeader(name, value);
          request.setHeader("X-CSRFToken", csrfToken());
        },
        onUploadUrlAvailable: () => {
          if (upload.url !== null) dispatch({ type: "announced", id, url: upload.url });
        },
        onProgress,
        onError,
        onSuccess: () => onFinished(idFrom(upload.url)),
      });
      running.current.set(id, upload);
      dispatch({ type: "started", id });
      if (item.url !== null) {
        upload.start();
        return;
      }
      void upload
        .findPreviousUploads()
        .catch(() => [])
        .then((previous) => {
          if (previous[0]) upload.resumeFromPreviousUpload(previous[0]);
          upload.start();
        });
    },
    [handlers, sendDirect, takesDirectUploads],
  );

  useEffect(() => rememberQueue(queue, place), [queue, place]);

  useEffect(() => {
    if (!isOnline) {
      for (const [id, upload] of running.current) {
        void upload.abort();
        dispatch({ type: "line_lost", id });
      }
      return;
    }
    for (const item of nextToStart(queue, AT_ONCE)) {
      const known = running.current.get(item.id);
      if (known) {
        dispatch({ type: "started", id: item.id });
        known.start();
      } else if (item.file !== null) {
        begin(item, item.file);
      }
    }
  }, [queue, begin, isOnline]);

  const offer = useCallback(
    async (item: QueuedUpload, file: File) => {
      if (isSameFile(item, await fileMarks(file))) dispatch({ type: "found_again", id: item.id, file });
      else dispatch({ type: "error_told", id: item.id, error: t("upload.error_not_the_same", { name: item.name }) });
    },
    [t],
  );

  useEffect(() => {
    for (const item of rememberedQueue(place)) {
      if (item.state === "lost" || item.state === "done") {
        void remembered(item).then((sentBytes) => {
          if (sentBytes !== null) dispatch({ type: "offset_heard", id: item.id, sentBytes });
        });
      }
      if (item.state === "lost") {
        void fileAgain(item.id, false).then((file) => {
          if (file !== null) void offer(item, file);
        });
      }
    }
  }, [offer, place]);

  useEffect(() => {
    const uploads = running.current;
    return () => {
      // Leaving the page keeps what was sent; the same file goes on from there next time.
      for (const upload of uploads.values()) void upload.abort();
      uploads.clear();
    };
  }, []);

  return {
    queue,
    isOnline,
    add: async (picked: readonly PickedFile[]) => {
      const items = await Promise.all(
        picked.map(async ({ file, handle }) => {
          const problem = checkFile(file);
          const id = crypto.randomUUID();
          await keepHandle(id, handle);
          return { ...(await fileMarks(file)), id, file, split: guessSplit(file.name), error: problem === null ? null : t(problem) };
        }),
      );
      dispatch({ type: "added", items });
    },
    beginImport,
    fetchAgain,
    pause: (id: string) => {
      void running.current.get(id)?.abort();
      dispatch({ type: "paused", id });
    },
    resume: (id: string) => dispatch({ type: "queued_again", id }),
    /** Goes on with a file that the page lost: by the handle that the browser kept. False when the person has to choose it. */
    find: async (item: QueuedUpload): Promise<boolean> => {
      const file = await fileAgain(item.id, true);
      if (file !== null) await offer(item, file);
      return file !== null;
    },
    offer,
    remove: (item: QueuedUpload) => {
      const upload = running.current.get(item.id);
      running.current.delete(item.id);
      const id = item.uploadId ?? idFrom(item.url);
      if (upload) void upload.abort(true).catch(() => undefined);
      else if (id !== "") void dropUpload(id);
      void forgetHandle(item.id);
      dispatch({ type: "removed", id: item.id });
    },
    choose: (id: string, split: SplitChoice) => dispatch({ type: "split_chosen", id, split }),
    /** The files belong to a dataset now. */
    forget: () => {
      for (const item of queue) void forgetHandle(item.id);
      forgetQueue(place);
    },
  };
}

export type Uploads = ReturnType<typeof useUploads>;
