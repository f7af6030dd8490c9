import { Button } from "@mantine/core";
import { IconHourglass, IconLock, IconPlugConnectedX, IconZoomQuestion } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { StatePanel } from "@/components/state-panel.tsx";
import { asApiError } from "@/lib/api-error.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  error: unknown;
  onRetry?: () => void;
  /** Where to go from what is not there. */
  wayOn?: ReactNode;
}

/** A page or a section that could not be loaded, and what can be done about it. */
export function ErrorPanel({ error, onRetry, wayOn }: Props) {
  const { t } = useI18n();
  const known = asApiError(error);
  if (known.isForbidden) {
    return (
      <StatePanel icon={<IconLock size={28} />} title={t("error.forbidden_title")}>
        <p>{describeError(error, t)}</p>
        <p>{t("error.forbidden_hint")}</p>
      </StatePanel>
    );
  }
  if (known.isMissing) {
    return (
      <StatePanel icon={<IconZoomQuestion size={28} />} title={t("error.missing_title")} action={wayOn}>
        <p>{t("error.missing_hint")}</p>
      </StatePanel>
    );
  }
  return (
    <StatePanel
      icon={known.isTooMany ? <IconHourglass size={28} /> : <IconPlugConnectedX size={28} />}
      title={t(known.isTooMany ? "error.too_many_title" : "error.failed_title")}
      action={
        onRetry && (
          <Button variant="default" onClick={onRetry}>
            {t("action.retry")}
          </Button>
        )
      }
    >
      <p role="alert">{describeError(error, t)}</p>
      {known.requestId !== null && <p className="small">{t("error.request_id", { id: known.requestId })}</p>}
    </StatePanel>
  );
}
