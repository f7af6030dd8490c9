import type { Estimate, ModelReading, ReadSequence, TokenPreview } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";

const SEQUENCE: ReadSequence = {
  role: "conversation",
  number: null,
  ids: [1, 20, 30, 40, 2],
  pieces: ["<s>", "Where is it?", " On", " its way", "</s>"],
  is_special: [true, false, false, false, true],
  weights: [0, 0, 1, 1, 1],
  targets: [null, null, " On", " its way", "</s>"],
  num_lost: 3,
  cut_at: 5,
  begins: [],
};

export const reading: ModelReading = {
  type: "preview",
  task: "chat",
  base_model: "minilm-l6-v2",
  method: "full",
  file: "train.parquet",
  loss_over: "tokens",
  max_length: 128,
  virtual_tokens: 0,
  epochs: 3,
  batch_size: 32,
  num_rows_left_out: 0,
  rows: [
    { row: 1, sequences: [SEQUENCE], target: null },
    { row: 2, sequences: [{ ...SEQUENCE, num_lost: 0, cut_at: null }], target: ["true"] },
  ],
  sample: {
    num_rows: 2,
    num_sequences: 2,
    num_tokens: 10,
    num_trained_tokens: 6,
    trained_share: 0.6,
    num_cut_rows: 1,
    num_lost_tokens: 3,
    longest: 5,
  },
  split: {
    num_rows: 200,
    num_sequences: 200,
    num_tokens: 1000,
    num_trained_tokens: 425,
    trained_share: 0.425,
    num_cut_rows: 7,
    num_lost_tokens: 21,
    longest: 5,
  },
  resolved: [],
  warnings: [],
};

export const waitingPreview: TokenPreview = {
  id: "018f0000-0000-7000-8000-0000000000f1",
  dataset_version_id: fixtures.version.id,
  state: "waiting",
  reason: null,
  result: null,
  created_at: "2026-11-27T10:00:00Z",
  expires_at: "2026-11-28T10:00:00Z",
};

export const donePreview: TokenPreview = { ...waitingPreview, state: "done", result: reading };

export const failedPreview: TokenPreview = {
  ...waitingPreview,
  state: "failed",
  reason: { code: "data:no_trained_tokens", fault: "user", message: "Nothing in the data carries loss.", params: {} },
};

export const estimate: Estimate = {
  tokens: { low: 1000, likely: 2000, high: 4000 },
  tokens_from: "statistics",
  passes: { low: 1, likely: 3, high: 5 },
  seconds: { low: 120, likely: 300, high: 600 },
  work_seconds: { low: 120, likely: 300, high: 600 },
  memory_bytes: { low: 2 ** 30, likely: 2 ** 31, high: 2 ** 32 },
  price: { low: 0.5, likely: 1, high: 2 },
  currency: "USD",
  device: "2 cores of AMD EPYC",
  is_measured: true,
  sources: ["benchmarks/RESULTS.md"],
  num_own_jobs: 0,
  correction: 1,
  limits: [{ field: "limits.max_seconds", limit: 60, is_certain: true, message: "Even the lowest estimate is above limits.max_seconds." }],
  quota_left_s: null,
};
