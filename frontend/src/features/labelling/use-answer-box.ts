import { useEffect, useMemo, useSyncExternalStore } from "react";

import { AnswerBox, type Entry } from "@/features/labelling/answer-box.ts";
import { api, unwrap } from "@/lib/api-client.ts";

const RETRY_MS = 5000;

async function sendTo(sessionId: string, { rowId, kind, value, seconds }: Entry): Promise<void> {
  const params = { path: { label_session_id: sessionId, row_id: rowId } };
  const path = "/api/v1/label-sessions/{label_session_id}/annotations/{row_id}";
  if (kind === "undo") await unwrap(api.DELETE(path, { params }));
  else await unwrap(api.PUT(path, { params, body: { seconds, ...(value === null ? { is_skipped: true } : { value }) } }));
}

/** The box of one person in one session, emptied whenever the server can be reached. */
export function useAnswerBox(sessionId: string, userId: string) {
  const box = useMemo(
    () => new AnswerBox(`anneal.labelling.${userId}.${sessionId}`, localStorage, (entry) => sendTo(sessionId, entry)),
    [sessionId, userId],
  );
  const state = useSyncExternalStore(box.subscribe, box.snapshot);
  useEffect(() => {
    const flush = () => void box.flush();
    flush();
    const timer = setInterval(() => {
      if (box.snapshot().pending.length > 0) flush();
    }, RETRY_MS);
    window.addEventListener("online", flush);
    return () => {
      clearInterval(timer);
      window.removeEventListener("online", flush);
    };
  }, [box]);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      const { pending, refused } = box.snapshot();
      if (pending.length + refused.length > 0) event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [box]);
  return { box, state };
}
