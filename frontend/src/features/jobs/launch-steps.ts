import type { CodeStep } from "@/components/code-dialog.tsx";
import type { JobCreate } from "@/lib/api-types.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

/** The requests of a launch: what it will take, and the launch itself. */
export function launchSteps(body: JobCreate, t: Translate): CodeStep[] {
  return [
    { label: t("code.launch"), call: { method: "POST", path: "/api/v1/jobs", body } },
    { label: t("code.estimate"), call: { method: "POST", path: "/api/v1/jobs/estimate", body } },
  ];
}
