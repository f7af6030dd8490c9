/** What the data doctor and the changes of a dataset look like, for unit tests and for working on the page without a server. */
import type { DatasetChange, DatasetVersion, DifficultyMap, DoctorFinding, DoctorReport, EffectFigures, FindingEffect, Row } from "@/lib/api-types.ts";
import { HOSTILE_NAME, INTENTS, noise } from "@/testing/fixture-values.ts";
import { minutesAfter, uuid, version } from "@/testing/fixtures.ts";

const TEXTS = [
  "Where is my parcel? It was due on Monday and nobody answers the phone.",
  "I want my money back for order 4471, please.",
  "Your app logs me out every time I open the basket.",
  "Write to mei.lin@example.com if there is any news on my refund.",
];

export function row(index: number, over: Partial<Row> = {}): Row {
  return {
    id: index,
    row: index + 2,
    split: index % 7 === 0 ? "test" : "train",
    cells: { text: index === 5 ? HOSTILE_NAME : (TEXTS[index % TEXTS.length] ?? ""), label: INTENTS[index % INTENTS.length] ?? "" },
    long: [],
    ...over,
  };
}

export const rows: Row[] = Array.from({ length: 60 }, (_, index) => row(index));

const open = { decision: "open", fix: "", change_id: null, version_id: null, decided_by: null, decided_at: null, is_carried: false, num_joined: null } as const;

export const duplicates: DoctorFinding = {
  ...open,
  id: uuid(701),
  code: "doctor:exact_duplicates",
  severity: "warning",
  message: "Rows that repeat an earlier row word for word: 40. They count twice in training; keep one of each.",
  num_rows: 40,
  params: { texts: 31, share: 0.0243 },
  examples: [{ id: 8, row: 10, split: "train", cells: { text: TEXTS[0] ?? "", label: "refund_request" }, note: { same_as: 0 } }],
  has_rows: true,
  fixes: [{ name: "keep_one", message: "Keep one of each group", num_changes: 40, by_columns: [] }],
};

export const personal: DoctorFinding = {
  ...open,
  id: uuid(702),
  code: "doctor:personal_data",
  severity: "error",
  message: "Rows that seem to hold personal data, such as addresses, numbers of cards or names: 12. Mask it or drop the rows.",
  num_rows: 12,
  params: { email: 12, phone: 0, places: 12 },
  examples: [
    {
      id: 3,
      row: 5,
      split: "train",
      cells: { text: TEXTS[3] ?? "", label: "refund_request" },
      note: {
        kind: "email",
        kinds: ["email"],
        role: "text",
        changes: { mask: { role: "text", parts: [["same", "write to "], ["gone", "ana@example.org"], ["new", "[EMAIL]"]] } },
      },
    },
  ],
  has_rows: true,
  fixes: [
    { name: "mask", message: "Mask the personal data", num_changes: 12, by_columns: [] },
    { name: "drop", message: "Drop the rows", num_changes: 12, by_columns: [] },
  ],
};

export const doubtful: DoctorFinding = {
  ...open,
  id: uuid(703),
  code: "doctor:label_errors",
  severity: "info",
  message: "Rows whose label seems wrong when judged by all others: 9. Look at them, then relabel or drop them.",
  num_rows: 9,
  params: { judged: 1644 },
  examples: [
    {
      id: 1,
      row: 3,
      split: "train",
      cells: { text: TEXTS[1] ?? "", label: "complaint" },
      note: { given: "complaint", suggested: "refund_request", confidence: 0.93, self_confidence: 0.02 },
    },
  ],
  has_rows: true,
  fixes: [{ name: "relabel", message: "Give the suggested labels", num_changes: 9, by_columns: [] }],
};

export const report: DoctorReport = {
  version_id: version.id,
  state: "done",
  progress: null,
  seconds: 14.2,
  skipped: { "doctor:over_length": "no_max_tokens" },
  error: null,
  has_map: true,
  token_lengths: {
    bins: [8, 16, 32, 64, 128, 256, 512].map((low, index) => ({ low, high: low * 2, num_rows: [120, 410, 690, 300, 90, 31, 6][index] ?? 0 })),
    limits: [{ max_tokens: 512, num_rows: 6, share_of_tokens: 0.012 }],
    num_counted: 1647,
    num_rows: 1647,
    counted_by: "MiniLM L6 v2",
  },
  findings: [duplicates, doubtful, personal],
  created_at: minutesAfter(4),
  finished_at: minutesAfter(4.3),
};

const random = noise(3);

export const difficultyMap: DifficultyMap = {
  total: 600,
  method: "discriminant",
  vectors: "base_model",
  points: Array.from({ length: 600 }, (_, index) => {
    const group = index % INTENTS.length;
    const angle = (group / INTENTS.length) * 2 * Math.PI;
    return {
      id: index,
      x: 4 * Math.cos(angle) + 3 * (random() - 0.5),
      y: 4 * Math.sin(angle) + 3 * (random() - 0.5),
      difficulty: random(),
      label: INTENTS[group] ?? null,
    };
  }),
};

/** What the version before it became when its duplicates were dropped. */
export function versionAfter(before: DatasetVersion, over: Partial<DatasetVersion> = {}): DatasetVersion {
  return {
    ...before,
    id: uuid(720 + before.number),
    number: before.number + 1,
    parent_id: before.id,
    change: { kind: "fix", code: "doctor:exact_duplicates", fix: "keep_one" },
    num_added: 0,
    num_removed: 40,
    num_changed: 0,
    created_by: { id: uuid(1), email: "mei@example.com" },
    ...over,
  };
}

export const waitingChange: DatasetChange = {
  id: uuid(730),
  dataset_id: version.dataset_id,
  base_version_id: version.id,
  kind: "fix",
  state: "waiting",
  counts: { drop: 40 },
  progress: { stage: "changing", rows_read: 812 },
  problems: [],
  num_problems: 0,
  version: null,
  created_at: minutesAfter(6),
  created_by: { id: uuid(1), email: "mei@example.com" },
  finished_at: null,
};

const estimate = {
  tokens: { low: 9000, likely: 10_000, high: 20_000 },
  tokens_from: "statistics",
  passes: { low: 1, likely: 3, high: 5 },
  seconds: { low: 40, likely: 60, high: 120 },
  work_seconds: { low: 40, likely: 60, high: 120 },
  memory_bytes: { low: 1e9, likely: 1.2e9, high: 2e9 },
  price: null,
  currency: "EUR",
  device: "CPU",
  is_measured: true,
  sources: [],
  num_own_jobs: 0,
  correction: 1,
  limits: [],
  quota_left_s: null,
} as const;

/** Of the fix of the duplicates: nothing is measured yet, and there is a job on the version before. */
export const effectMissing: FindingEffect = {
  state: "missing",
  reason: null,
  sides: [
    { side: "before", version_id: uuid(710), version_number: 1, job: { id: uuid(740), name: "Intents", state: "succeeded" } },
    { side: "after", version_id: version.id, version_number: 2, job: null },
  ],
  base_model: "minilm-l6-v2",
  num_shared: 160,
  figures: null,
  missing: [{ side: "after", version_number: 2, estimate: { ...estimate, sources: [], limits: [] } }],
};

export const effectFigures: EffectFigures = {
  metric: "accuracy",
  is_lower_better: false,
  num_shared: 160,
  num_rows: 160,
  before: { value: 0.85, low: 0.79, high: 0.9 },
  after: { value: 0.9, low: 0.85, high: 0.945 },
  difference: { value: 0.05, low: 0.012, high: 0.09 },
  p_value: 0.0213,
  test: "mcnemar",
  outcome: "better",
};

export const effectMeasured: FindingEffect = {
  ...effectMissing,
  state: "measured",
  sides: effectMissing.sides.map((side) => ({ ...side, job: { id: uuid(side.side === "before" ? 740 : 741), name: "Intents", state: "succeeded" as const } })),
  figures: effectFigures,
  missing: [],
};
