/** What an organisation has used, and who did what in it, as the server tells them. */
import type { AuditEntry, Quota, Usage, UsedMonth } from "@/lib/api-types.ts";
import { HOSTILE_NAME, noise } from "@/testing/fixture-values.ts";
import * as fixtures from "@/testing/fixtures.ts";

export const auditEntry: AuditEntry = {
  id: fixtures.uuid(900),
  created_at: fixtures.minutesAfter(0),
  person: { id: fixtures.uuid(1), email: "mei@example.com", name: "Mei" },
  api_key: "nightly",
  action: "job.launched",
  words: "Launched a job",
  target: fixtures.uuid(30),
  target_name: "Intents",
  target_page: `/jobs/${fixtures.uuid(30)}`,
  details: {},
};

export const auditEntries: AuditEntry[] = [
  auditEntry,
  { ...auditEntry, id: fixtures.uuid(899), api_key: HOSTILE_NAME, target_name: HOSTILE_NAME },
  { ...auditEntry, id: fixtures.uuid(898), person: null, api_key: null, action: "model.deleted", words: "Deleted a model", target_name: "Old", target_page: null },
];

export const auditActions = [
  { action: "job.launched", words: "Launched a job" },
  { action: "model.deleted", words: "Deleted a model" },
];

const MONTHS = ["2025-12", ...Array.from({ length: 11 }, (_, index) => `2026-${String(index + 1).padStart(2, "0")}`)];

export function usageOf(change: Partial<Record<string, Partial<UsedMonth>>>): Usage {
  return {
    months: MONTHS.map((month) => ({ month, jobs: 0, seconds: 0, cost: null, calls: 0, tokens: 0, ...change[month] })),
    stored: [
      { kind: "uploads", count: 0, size_bytes: 0 },
      { kind: "files", count: 1, size_bytes: 1_000_000 },
      { kind: "versions", count: 4, size_bytes: 3_000_000 },
      { kind: "checkpoints", count: 0, size_bytes: 0 },
      { kind: "models", count: 2, size_bytes: 96_000_000 },
    ],
    currency: "EUR",
  };
}

export const quotas: Quota[] = [
  { kind: "compute_hours", limit: 100, used: 85, share: 0.85, starts_anew_on: "2026-12-01" },
  { kind: "stored_gb", limit: 50, used: 12.5, share: 0.25, starts_anew_on: null },
  { kind: "running_jobs", limit: 8, used: 2, share: 0.25, starts_anew_on: null },
];

const random = noise(3);
export const usage = usageOf(Object.fromEntries(MONTHS.slice(3).map((month) => [month, { jobs: Math.round(random() * 900), seconds: Math.round(random() * 4_000_000), cost: random() * 12_000, calls: Math.round(random() * 90_000), tokens: Math.round(random() * 9_000_000) }])));
