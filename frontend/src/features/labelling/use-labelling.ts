import { useEffect, useRef, useState } from "react";

import { useAnswerBox } from "@/features/labelling/use-answer-box.ts";
import { emptyValue, sameValue } from "@/features/labelling/label-values.ts";
import { useHandedRows } from "@/features/labelling/labelling-queries.ts";
import type { LabelHandedRow, LabelSession, LabelValue } from "@/lib/api-types.ts";

/** Fewer than these before somebody, and more are fetched while they go on. */
const LOW = 8;
const MAX_SECONDS = 600;
/** The pace is that of the last few rows. */
const PACE_ROWS = 20;

interface Draft {
  rowId: number;
  value: LabelValue | null;
}

/** Rows one after the other: the one in hand, what is said about it so far, the way on and the way back. */
export function useLabelling(session: LabelSession, userId: string) {
  const { box, state } = useAnswerBox(session.id, userId);
  const handed = useHandedRows(session.id, session.state === "open");
  const [answered, setAnswered] = useState<ReadonlySet<number>>(() => new Set(state.pending.filter((one) => one.kind !== "undo").map((one) => one.rowId)));
  const [history, setHistory] = useState<readonly { row: LabelHandedRow; value: LabelValue | null }[]>([]);
  const [returned, setReturned] = useState<readonly LabelHandedRow[]>([]);
  const [times, setTimes] = useState<readonly number[]>([]);
  const [draft, setDraft] = useState<Draft | null>(null);
  const shownAt = useRef(0);

  const refused = new Map(state.refused.map((one) => [one.rowId, one]));
  const isOpen = (row: LabelHandedRow) => !answered.has(row.row.id) || refused.has(row.row.id);
  const back = returned.filter(isOpen);
  const ahead = (handed.data?.data ?? []).filter((row) => isOpen(row) && !back.some((one) => one.row.id === row.row.id));
  const current = back[0] ?? ahead[0];
  const currentId = current?.row.id;
  const refusal = currentId === undefined ? undefined : refused.get(currentId);
  const start = current ? (refusal?.value ?? current.present ?? emptyValue(session.form)) : null;
  const value = draft !== null && draft.rowId === currentId ? draft.value : start;

  // When a row comes into view its clock starts: the time is the answer's, not the page's.
  useEffect(() => {
    shownAt.current = performance.now();
  }, [currentId]);

  const numOpen = back.length + ahead.length;
  const numHanded = handed.data?.data.length ?? 0;
  const numLeft = handed.data?.num_left ?? 0;
  const isDry = numOpen < LOW && numLeft > 0 && (numLeft > numHanded || numOpen === 0);
  const { refetch, isFetching, isError } = handed;
  const canRefill = isDry && state.pending.length === 0 && state.refused.length === 0 && !isFetching && !isError;
  useEffect(() => {
    if (canRefill) void refetch();
  }, [canRefill, refetch]);

  const leave = (kind: "answer" | "skip", said: LabelValue | null) => {
    if (current === undefined) return;
    const seconds = secondsSince(shownAt.current);
    box.put({ rowId: current.row.id, kind, value: said, seconds, stamp: crypto.randomUUID() });
    setAnswered(new Set([...answered, current.row.id]));
    setHistory([...history.filter((one) => one.row.row.id !== current.row.id), { row: current, value: said }]);
    setReturned(returned.filter((one) => one.row.id !== current.row.id));
    setDraft(null);
    setTimes([...times, seconds].slice(-PACE_ROWS));
  };

  return {
    current,
    value,
    isSuggested: current?.present != null && sameValue(value, current.present),
    refusal: refusal?.message,
    canUndo: history.length > 0,
    box: state,
    handed,
    numDone: history.length,
    numLeft: numOpen + Math.max(0, numLeft - numHanded),
    pace: times.length === 0 ? null : times.reduce((sum, one) => sum + one, 0) / times.length,
    /** What is chosen so far; nothing is sent. */
    choose: (next: LabelValue | null) => {
      if (currentId !== undefined) setDraft({ rowId: currentId, value: next });
    },
    /** Send what is chosen, or what is given, and show the next row. */
    goOn: (given: LabelValue | null = value) => {
      if (given !== null) leave("answer", given);
    },
    skip: () => leave("skip", null),
    /** Take the last answer back and show its row again, with what was said about it. */
    undo: () => {
      const last = history.at(-1);
      if (last === undefined) return;
      const rowId = last.row.row.id;
      box.put({ rowId, kind: "undo", value: null, seconds: 0, stamp: crypto.randomUUID() });
      setAnswered(new Set([...answered].filter((one) => one !== rowId)));
      setHistory(history.slice(0, -1));
      setReturned([last.row, ...returned.filter((one) => one.row.id !== rowId)]);
      setDraft({ rowId, value: last.value ?? emptyValue(session.form) });
    },
  };
}

/** To a hundredth; who left a row open over lunch did not look at it all the while. */
function secondsSince(at: number): number {
  return Math.min(MAX_SECONDS, Math.round((performance.now() - at) / 10) / 100);
}

export type Labelling = ReturnType<typeof useLabelling>;
