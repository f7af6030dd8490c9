import { Notice } from "@/components/notice.tsx";
import { ProgressBar } from "@/components/progress-bar.tsx";
import type { DatasetChange } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** A version is being made; how far it is. */
export function ChangeWaiting({ change }: { change: DatasetChange | null }) {
  const { t } = useI18n();
  return (
    <Notice tone="info" title={t("change.waiting_title")}>
      <div className="stack" style={{ gap: 6, paddingBlock: 4 }} role="status">
        <ProgressBar label={t("change.waiting_title")} share={null} />
        <p className="small muted num">{change?.progress ? t("change.rows_read", { count: change.progress.rows_read }) : t("change.waiting_hint")}</p>
      </div>
    </Notice>
  );
}
