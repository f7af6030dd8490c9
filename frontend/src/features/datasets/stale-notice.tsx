import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { datasetKeys } from "@/features/datasets/dataset-queries.ts";
import { asApiError } from "@/lib/api-error.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  error: unknown;
  /** After the page has turned to what there is now. */
  onLook?: () => void;
}

const STALE: readonly string[] = ["change.not_latest", "finding.decided", "change.waiting"];

/** Why a change was refused; where somebody else was faster, the way to what they made. */
export function StaleNotice({ error, onLook }: Props) {
  const { t } = useI18n();
  const client = useQueryClient();
  if (error === null || error === undefined) return null;
  if (!STALE.includes(asApiError(error).code)) return <ErrorNotice error={error} />;
  const look = () => {
    void client.invalidateQueries({ queryKey: datasetKeys.all });
    onLook?.();
  };
  return (
    <Notice
      tone="warning"
      isAlert
      title={t("change.stale_title")}
      action={
        <Button size="sm" variant="default" onClick={look}>
          {t("change.look")}
        </Button>
      }
    >
      <p>{describeError(error, t)}</p>
    </Notice>
  );
}
