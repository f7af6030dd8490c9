import { Notice } from "@/components/notice.tsx";
import type { ModelVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Tasks whose models the server does not run. */
const ELSEWHERE = new Set(["translation", "summarisation"]);

/** Whether a version can be asked here: some methods make nothing but an adapter, which runs on its base model alone. */
export function isServed({ artifacts }: ModelVersion, task: string): boolean {
  return artifacts.some(({ kind }) => kind === "merged") && !ELSEWHERE.has(task);
}

/** Instead of a form, for a version that can only be downloaded. */
export function NotServed({ task }: { task: string }) {
  const { t } = useI18n();
  return (
    <Notice tone="info" title={t("model.adapter_only")}>
      <p>{t(ELSEWHERE.has(task) ? "model.elsewhere_hint" : "model.adapter_only_hint")}</p>
    </Notice>
  );
}
