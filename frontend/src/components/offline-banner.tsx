import classes from "@/components/offline-banner.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useOnline } from "@/lib/use-online.ts";

export function OfflineBanner() {
  const { t } = useI18n();
  const isOnline = useOnline();
  return <div role="status">{!isOnline && <p className={classes["banner"]}>{t("error.offline_banner")}</p>}</div>;
}
