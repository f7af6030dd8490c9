import { Notice } from "@/components/notice.tsx";
import type { ModelVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Whether a version can be asked here: some methods make nothing but an adapter, which runs on its base model alone. */
export function isServed({ artifacts }: ModelVersion): boolean {
  return artifacts.some(({ kind }) => kind === "merged");
}

/** Instead of a form, for a version that is an adapter. */
export function NotServed() {
  const { t } = useI18n();
  return (
    <Notice tone="info" title={t("model.adapter_only")}>
      <p>{t("model.adapter_only_hint")}</p>
    </Notice>
  );
}
