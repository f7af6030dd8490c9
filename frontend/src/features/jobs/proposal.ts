import { CHOICE_FIELDS, isOf, learningOf, NUMBER_FIELDS, pathOf, settingAt, SWITCH_FIELDS, valueIn } from "@/features/jobs/expert-settings.ts";
import type { JobForm } from "@/features/jobs/job-form.ts";
import type { DiagnosisAction, Job } from "@/lib/api-types.ts";

/** One setting that a duplicate does otherwise, as the address of the form says it: `?from=…&set=optimisation.epochs&to=8`. */
export interface Proposal {
  path: string;
  value: string;
}

/** Which setting of the form was proposed, and what the job that is duplicated had there. */
export interface Marked {
  key: string;
  was: string | number | boolean | null;
}

export function proposalOf(params: URLSearchParams): Proposal | null {
  const path = params.get("set");
  const value = params.get("to");
  return path === null || value === null ? null : { path, value };
}

/** The form of the duplicate that an action of a diagnosis proposes. */
export function proposalLink(jobId: string, action: Pick<DiagnosisAction, "field" | "value">): string {
  const query = new URLSearchParams({ from: jobId, ...(action.field === null ? {} : { set: action.field, to: String(action.value) }) });
  return `/jobs/new?${query.toString()}`;
}

/** The form with what is proposed; as it is, unmarked, for a setting that it does not have. */
export function withProposal(form: JobForm, job: Job, proposal: Proposal | null): { form: JobForm; marked: Marked | null } {
  const setting = proposal === null ? null : settingAt(proposal.path, form);
  if (proposal === null || setting === null) return { form, marked: null };
  const { key } = setting;
  const isHere = (field: typeof setting) => isOf(form)(field) && pathOf(field) === proposal.path;
  const marked = { key, was: settledValue(job, proposal.path) };
  if (NUMBER_FIELDS.some(isHere)) return { form: { ...form, numbers: { ...form.numbers, [key]: proposal.value } }, marked };
  const choice = CHOICE_FIELDS.find(isHere);
  if (choice?.options.some(([value]) => value === proposal.value) === true) {
    return { form: { ...form, choices: { ...form.choices, [key]: proposal.value } }, marked };
  }
  if (SWITCH_FIELDS.some(isHere) && proposal.value === "true") return { form: { ...form, switches: [...new Set([...form.switches, key])] }, marked };
  return { form, marked: null };
}

/** What a setting of a job came to: what was asked for, or what `auto` became. */
function settledValue(job: Job, path: string): Marked["was"] {
  const setting = settingAt(path, learningOf(job.spec));
  const asked = setting === null ? null : valueIn(job.spec, setting);
  if (asked === "auto") return job.resolved.find((entry) => entry.field === path)?.value ?? "auto";
  return typeof asked === "string" || typeof asked === "number" || typeof asked === "boolean" ? asked : null;
}
