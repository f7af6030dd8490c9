import { type BatchAxes, NO_AXES } from "@/features/jobs/batch-form.ts";
import { EMPTY_FORM, type JobForm } from "@/features/jobs/job-form.ts";
import type { ChoiceSettings } from "@/features/jobs/launch-choices.ts";
import { isParts } from "@/features/jobs/launch-parts.ts";
import { NO_SEARCH } from "@/features/jobs/search-form.ts";
import { readKept, writeKept } from "@/lib/kept-json.ts";

/** Several jobs of one form, as far as somebody has said. */
export interface BatchDraft {
  isOn: boolean;
  axes: BatchAxes;
  /** Keys of the rows that were taken out. */
  out: readonly string[];
}

/** A launch that somebody writes and has not sent. This tab keeps it until it is sent or discarded. */
export interface LaunchDraft {
  form: JobForm;
  own: ChoiceSettings | null;
  /** The launch as JSON, where it is written so. */
  text: string | null;
  batch: BatchDraft;
}

export const NO_BATCH: BatchDraft = { isOn: false, axes: NO_AXES, out: [] };

interface Place {
  tenantId: string;
  userId: string;
  /** The query of the page: a duplicate of a job is another draft than an empty form. */
  search: string;
}

/** What is kept of one person at one address is not found at another, nor by whoever signs in next. */
export function draftKey({ tenantId, userId, search }: Place): string {
  return `anneal.launch.${tenantId}.${userId}.${search}`;
}

/** Whether a value has every field of another, of the same kind; a text may be missing where none stands in the other. */
function isLike(value: unknown, usual: object): boolean {
  if (!isParts(value)) return false;
  return Object.entries(usual).every(([name, one]) => {
    const found = value[name];
    if (one === null) return found === null || typeof found === "string";
    return typeof found === typeof one && found !== null && Array.isArray(found) === Array.isArray(one);
  });
}

/** Null where nothing is kept, or what an earlier page kept is not what this one could show. */
export function keptLaunch(key: string): LaunchDraft | null {
  const found = readKept("sessionStorage", key);
  if (!isLike(found, { form: {}, text: null, batch: {} })) return null;
  const draft = found as LaunchDraft;
  const isWhole = isLike(draft.form, EMPTY_FORM) && isLike(draft.form.search, NO_SEARCH) && isLike(draft.batch, NO_BATCH) && isLike(draft.batch.axes, NO_AXES);
  return isWhole ? draft : null;
}

/** Null forgets it. Answers whether the browser has it now. */
export function keepLaunch(key: string, draft: LaunchDraft | null): boolean {
  return writeKept("sessionStorage", key, draft);
}
