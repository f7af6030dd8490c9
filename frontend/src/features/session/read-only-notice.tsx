import { Notice } from "@/components/notice.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isActive } from "@/lib/permissions.ts";

/** In place of what somebody cannot do here, or above it: why. */
export function ReadOnlyNotice() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  return <Notice tone="warning">{t(isActive(tenant) ? "error.read_only" : "org.read_only")}</Notice>;
}
