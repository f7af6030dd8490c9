/** A labelling session and its rows, as the server tells them. */
import type { LabelDisagreement, LabelHandedRow, LabelProgress, LabelSession } from "@/lib/api-types.ts";
import { HOSTILE_NAME } from "@/testing/fixture-values.ts";
import * as fixtures from "@/testing/fixtures.ts";

const person = { id: fixtures.uuid(1), email: "mei@example.com" };

export const labelSession: LabelSession = {
  id: fixtures.uuid(9001),
  dataset_id: fixtures.dataset.id,
  dataset_name: fixtures.dataset.name,
  version_id: fixtures.version.id,
  version_number: 1,
  task: "classification",
  form: "label",
  name: "Second look",
  instructions: "A parcel that is late is a delay, lost or not.",
  state: "open",
  order: "suspected_errors",
  scored_by: null,
  seed: 0,
  labels: ["refund", "delay", "praise"],
  scale: null,
  labellers: [],
  labels_per_row: 2,
  overlap: 1,
  shows_present: false,
  num_rows: 3,
  created_by: person,
  created_at: fixtures.minutesAfter(0),
  closed_at: null,
  change: null,
};

export function handedRow(id: number, cells: Record<string, unknown>, present: LabelHandedRow["present"] = null): LabelHandedRow {
  return { row: { id, row: id + 1, split: "train", cells, long: [] }, score: null, present };
}

export const textRows: LabelHandedRow[] = ["Where is my parcel?", "I want my money back.", "Lovely service."].map((text, index) => handedRow(index + 1, { text }));

export const labelProgress: LabelProgress = {
  num_rows: 10,
  num_done: 8,
  num_wanted: 20,
  num_given: 16,
  num_decided: 0,
  seconds_per_row: 2.5,
  labellers: [{ person, num_given: 10, num_skipped: 1, seconds_per_row: 2.5 }],
  agreement: {
    method: "cohen_kappa",
    value: 0.6,
    num_rows: 8,
    num_disputed: 1,
    labels: [{ label: "refund", num_given: 9, value: 0.58 }],
  },
};

export const QUESTION = { question: "When did it leave?", context: "Parcel 📦 left Köln on Monday." };

export const TALK = {
  messages: JSON.stringify([
    { role: "user", content: "Where is it?" },
    { role: "assistant", content: "On it's way." },
    { role: "user", content: "Thanks" },
    { role: "assistant", content: "Bye." },
  ]),
  tools: null,
};

const HOSTILE_CELLS = { text: HOSTILE_NAME };
const CHOICE = { prompt: JSON.stringify([{ role: "user", content: "Any news?" }]), left: "No.", right: `Yes, tomorrow. ${HOSTILE_NAME}` };
const TOKENS = ["Ada", "Lovelace", "met", "Acme", "in", "x".repeat(80), "‮evil‬", "Köln"];

/** A session of each form, with the cells of its rows; the first is that of `labelSession`, and labels are as bad as they may be. */
const FORMS: readonly (readonly [LabelSession["form"], LabelSession["task"], Partial<LabelSession>, readonly Record<string, unknown>[]])[] = [
  ["label", "classification", {}, [...textRows.map(({ row }) => row.cells), HOSTILE_CELLS]],
  ["labels", "multi_label", { labels: [HOSTILE_NAME, ...fixtures.INTENTS] }, [HOSTILE_CELLS]],
  ["spans", "token_classification", { labels: ["PER", "ORG", "LOC"] }, [{ tokens: TOKENS }]],
  ["score", "regression", { labels: [], scale: { min: 0, max: 5 } }, [HOSTILE_CELLS]],
  ["preferred", "preference", { labels: [] }, [CHOICE]],
  ["target", "translation", { labels: [] }, [{ source: HOSTILE_NAME }]],
  ["answers", "question_answering", { labels: [] }, [QUESTION]],
  ["review", "chat", { labels: [] }, [TALK]],
];

export const labelSessions: LabelSession[] = FORMS.map(([form, task, change], index) => ({
  ...labelSession,
  id: fixtures.uuid(9001 + index),
  form,
  task,
  name: index === 1 ? HOSTILE_NAME : `${labelSession.name} ${index + 1}`,
  ...change,
}));

export function handedRowsOf(sessionId: string): LabelHandedRow[] {
  const cells = FORMS[labelSessions.findIndex(({ id }) => id === sessionId)]?.[3] ?? [];
  return cells.map((row, index) => handedRow(index + 1, row));
}

export const disagreement: LabelDisagreement = {
  row: handedRow(1, { text: `Where is my parcel? ${HOSTILE_NAME}` }).row,
  present: { label: "refund" },
  answers: [
    { person, value: { label: "delay" } },
    { person: { id: fixtures.uuid(7), email: "tom@example.com" }, value: { label: "refund" } },
  ],
  majority: null,
  decision: null,
};
