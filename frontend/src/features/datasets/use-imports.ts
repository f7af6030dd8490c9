import { type Dispatch, useCallback, useEffect, useRef } from "react";

import { datasetCalls } from "@/features/datasets/calls.ts";
import { guessSplit } from "@/features/datasets/guess-split.ts";
import type { ImportNews, QueuedUpload, UploadAction } from "@/features/datasets/upload-queue.ts";
import { asApiError } from "@/lib/api-error.ts";
import type { ImportWish, UploadRow } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const POLL_MS = 1000;

function newsOf(upload: UploadRow): ImportNews {
  return {
    state: upload.state,
    filename: upload.filename,
    sizeBytes: upload.size_bytes,
    offsetBytes: upload.offset_bytes,
    problem: upload.problem?.message ?? null,
  };
}

/** Files that the server fetches: asks every second how far they are, as long as there are any. Gives back how to begin one, and how to try again. */
export function useImports(queue: readonly QueuedUpload[], dispatch: Dispatch<UploadAction>) {
  const { t } = useI18n();
  const wanted = queue.filter((item) => item.state === "fetching" && item.uploadId !== null).map((item) => `${item.id} ${item.uploadId ?? ""}`);
  const list = wanted.join("\n");
  const last = useRef(new Map<string, { at: number; bytes: number }>());

  useEffect(() => {
    if (list === "") return;
    const ask = async (id: string, uploadId: string) => {
      const upload = await send(datasetCalls.uploadRead(uploadId)).catch(() => null);
      // A broken line says nothing about the fetch, which goes on without this page.
      if (upload === null) return;
      const before = last.current.get(id);
      const now = performance.now();
      last.current.set(id, { at: now, bytes: upload.offset_bytes });
      const speed = before && now > before.at ? ((upload.offset_bytes - before.bytes) / (now - before.at)) * 1000 : 0;
      dispatch({ type: "import_heard", id, news: newsOf(upload), bytesPerSecond: speed > 0 ? speed : null });
    };
    const askAll = () => {
      for (const line of list.split("\n")) {
        const [id = "", uploadId = ""] = line.split(" ");
        void ask(id, uploadId);
      }
    };
    askAll();
    const timer = setInterval(askAll, POLL_MS);
    return () => clearInterval(timer);
  }, [list, dispatch]);

  const beginImport = useCallback(
    async (wish: ImportWish) => {
      const upload = await send(datasetCalls.importFile(wish));
      const split = guessSplit(upload.filename);
      dispatch({ type: "import_begun", id: crypto.randomUUID(), uploadId: upload.id, split, news: newsOf(upload) });
    },
    [dispatch],
  );
  const fetchAgain = useCallback(
    async ({ id, uploadId }: QueuedUpload) => {
      try {
        const upload = await send(datasetCalls.retryImport(uploadId ?? ""));
        dispatch({ type: "import_begun_again", id, news: newsOf(upload) });
      } catch (error) {
        dispatch({ type: "error_told", id, error: describeError(asApiError(error), t) });
      }
    },
    [dispatch, t],
  );
  return { beginImport, fetchAgain };
}
