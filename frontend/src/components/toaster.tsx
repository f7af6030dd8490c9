import { CloseButton } from "@mantine/core";

import classes from "@/components/toaster.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { dismissToast, useToasts } from "@/lib/toasts.ts";

export function Toaster() {
  const { t } = useI18n();
  const toasts = useToasts();
  return (
    <section className={classes["region"]} aria-label={t("toast.region")} aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={[classes["toast"], classes[toast.tone] ?? ""].join(" ")}>
          <p>{toast.message}</p>
          <CloseButton size="sm" aria-label={t("action.dismiss")} onClick={() => dismissToast(toast.id)} />
        </div>
      ))}
    </section>
  );
}
