import { Button } from "@mantine/core";

import classes from "@/components/update-notice.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useIsUpdated } from "@/lib/updates.ts";

/** Says that this tab is older than the server, over a page that stays as it is until the reader loads it anew. */
export function UpdateNotice() {
  const { t } = useI18n();
  const isUpdated = useIsUpdated();
  if (!isUpdated) return null;
  return (
    <div className={classes["notice"]} role="alert" data-print="never">
      <div className={classes["words"]}>
        <p className={classes["title"]}>{t("update.title")}</p>
        <p className="small">{t("update.hint")}</p>
      </div>
      <Button size="sm" onClick={() => location.reload()}>
        {t("action.reload")}
      </Button>
    </div>
  );
}
