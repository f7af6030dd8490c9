import { useCallback, useEffect, useReducer, useRef } from "react";
import { DetailedError, Upload } from "tus-js-client";

import { checkFile } from "@/features/datasets/check-file.ts";
import { guessSplit } from "@/features/datasets/guess-split.ts";
import { nextToStart, type QueuedUpload, uploadQueue } from "@/features/datasets/upload-queue.ts";
import { apiErrorFrom } from "@/lib/api-error.ts";
import type { SplitChoice } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { contextHeaders, csrfToken } from "@/lib/request-context.ts";

const ENDPOINT = "/api/v1/uploads";
const CHUNK_BYTES = 8 * 1024 * 1024;
const AT_ONCE = 2;
const RETRY_DELAYS_MS = [0, 1000, 3000, 6000, 12_000];

function idFrom(url: string | null): string {
  return url?.split("?")[0]?.split("/").filter(Boolean).at(-1) ?? "";
}

/** The server's sentence when it gave one, else that the line broke. */
function describe(error: Error | DetailedError, t: Translate): string {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (!response) return t("upload.error_connection");
  try {
    return apiErrorFrom(response.getStatus(), JSON.parse(response.getBody())).message;
  } catch {
    return t("error.unreadable", { status: String(response.getStatus()) });
  }
}

/** Sends files by the tus protocol: what was sent stays sent, through pauses, lost lines and a reload of the page. */
export function useUploads() {
  const { t } = useI18n();
  const [queue, dispatch] = useReducer(uploadQueue, []);
  const running = useRef(new Map<string, Upload>());

  const begin = useCallback(
    (item: QueuedUpload) => {
      const { id, file } = item;
      let last = { at: performance.now(), bytes: 0 };
      const upload = new Upload(file, {
        endpoint: ENDPOINT,
        chunkSize: CHUNK_BYTES,
        retryDelays: RETRY_DELAYS_MS,
        removeFingerprintOnSuccess: true,
        metadata: { filename: file.name, split: item.split === "auto" ? "" : item.split },
        onBeforeRequest: (request) => {
          for (const [name, value] of Object.entries(contextHeaders())) request.setHeader(name, value);
          request.setHeader("X-CSRFToken", csrfToken());
        },
        onProgress: (sentBytes) => {
          const now = performance.now();
          const seconds = (now - last.at) / 1000;
          const bytesPerSecond = seconds > 0 ? (sentBytes - last.bytes) / seconds : null;
          if (seconds > 0.5) last = { at: now, bytes: sentBytes };
          dispatch({ type: "progressed", id, sentBytes, bytesPerSecond: bytesPerSecond !== null && bytesPerSecond > 0 ? bytesPerSecond : null });
        },
        onError: (error) => dispatch({ type: "failed", id, error: describe(error, t) }),
        onSuccess: () => {
          running.current.delete(id);
          dispatch({ type: "finished", id, uploadId: idFrom(upload.url) });
        },
      });
      running.current.set(id, upload);
      dispatch({ type: "started", id });
      void upload
        .findPreviousUploads()
        .catch(() => [])
        .then((previous) => {
          if (previous[0]) upload.resumeFromPreviousUpload(previous[0]);
          upload.start();
        });
    },
    [t],
  );

  useEffect(() => {
    for (const item of nextToStart(queue, AT_ONCE)) {
      const known = running.current.get(item.id);
      if (known) {
        dispatch({ type: "started", id: item.id });
        known.start();
      } else {
        begin(item);
      }
    }
  }, [queue, begin]);

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
    add: (files: Iterable<File>) => {
      const items = [...files].map((file) => {
        const problem = checkFile(file);
        return { id: crypto.randomUUID(), file, split: guessSplit(file.name), error: problem === null ? null : t(problem) };
      });
      dispatch({ type: "added", items });
    },
    pause: (id: string) => {
      void running.current.get(id)?.abort();
      dispatch({ type: "paused", id });
    },
    resume: (id: string) => dispatch({ type: "queued_again", id }),
    remove: (id: string) => {
      const upload = running.current.get(id);
      running.current.delete(id);
      // Telling the server is a courtesy: what nobody claims expires there by itself.
      void upload?.abort(true).catch(() => undefined);
      dispatch({ type: "removed", id });
    },
    choose: (id: string, split: SplitChoice) => dispatch({ type: "split_chosen", id, split }),
  };
}
