/** A labelling session and its rows, as the server tells them. */
import type { LabelHandedRow, LabelProgress, LabelSession } from "@/lib/api-types.ts";
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
