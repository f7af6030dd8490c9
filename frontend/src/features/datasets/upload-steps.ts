import type { CodeStep } from "@/components/code-dialog.tsx";
import type { Translate } from "@/lib/i18n/translate.ts";

/** The requests that make a dataset of a file. */
export function uploadSteps(t: Translate): CodeStep[] {
  const body = { name: "My data", task: "classification", files: [{ upload_id: "UPLOAD_ID", split: "auto" }] };
  return [
    { label: t("code.upload_file"), call: { method: "POST", path: "/api/v1/uploads", file: "data.csv" } },
    { label: t("code.upload_dataset"), call: { method: "POST", path: "/api/v1/datasets", body } },
  ];
}
