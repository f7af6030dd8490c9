import type { WaitingItem, WaitingLeft } from "@/lib/api-types.ts";
import type { MessageKey } from "@/lib/i18n/translate.ts";

interface Step {
  label: MessageKey;
  to: string;
}

/** The one thing to do about what waits, and where. `canWrite`: whether this person may do it, or only look. */
export function nextStep({ kind, opens, fault }: WaitingItem, canWrite: boolean): Step {
  const id = opens ?? "";
  switch (kind) {
    case "job_failed":
      if (fault === "user" && canWrite) return { label: "job.change_and_retry", to: `/jobs/new?from=${id}` };
      return { label: "waiting.open_job", to: `/jobs/${id}` };
    case "dataset_mapping":
      return { label: "waiting.confirm_columns", to: `/datasets/${id}` };
    case "dataset_invalid":
      return { label: "waiting.see_problems", to: `/datasets/${id}` };
    case "finding":
      return { label: "waiting.see_findings", to: `/datasets/${id}?tab=doctor` };
    // A failed import is asked for again where it stands (`FetchAgainButton`); who may not do that looks at it.
    case "upload_failed":
      return { label: "waiting.see_upload", to: "/datasets/new" };
    case "upload_stopped":
      return { label: "waiting.go_on", to: "/datasets/new" };
    case "quota":
      return { label: "waiting.see_usage", to: "/settings/usage" };
    case "label_session":
      return { label: "waiting.label", to: `/labelling/${id}` };
  }
}

/** Where the thing itself is, if it has a page. */
export function pageOf({ kind, opens }: WaitingItem): string | null {
  if (opens === null) return null;
  if (kind === "job_failed") return `/jobs/${opens}`;
  return kind === "label_session" ? `/labelling/${opens}` : `/datasets/${opens}`;
}

/** The list in which the others of a kind stand. */
export const LISTS: Readonly<Record<WaitingLeft["kind"], string>> = {
  job_failed: "/jobs?state=failed",
  dataset_mapping: "/datasets",
  finding: "/datasets",
  upload_failed: "/datasets/new",
  quota: "/settings/usage",
  label_session: "/datasets",
};
