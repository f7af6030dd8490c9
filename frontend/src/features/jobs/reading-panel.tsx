import { Button } from "@mantine/core";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { ErrorPanel } from "@/components/error-panel.tsx";
import { Notice } from "@/components/notice.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { useAskReading, useReading } from "@/features/jobs/reading-queries.ts";
import { ReadingView } from "@/features/jobs/reading-view.tsx";
import { asApiError } from "@/lib/api-error.ts";
import type { JobCreate, TokenPreview } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  /** What would be launched; null while the form is not whole. */
  body: JobCreate | null;
  isAllowed: boolean;
}

/** "See what the model will read": asked for with a button, since it takes some seconds, and again when the settings are others. */
export function ReadingPanel({ body, isAllowed }: Props) {
  const { t } = useI18n();
  const ask = useAskReading();
  const asked = ask.data ?? null;
  const reading = useReading(asked);
  const isOld = ask.variables !== undefined && JSON.stringify(readPart(ask.variables)) !== JSON.stringify(body === null ? null : readPart(body));
  const error = ask.error === null ? null : asApiError(ask.error);
  const found = reading.data ?? asked;
  return (
    <div className="stack">
      <div>
        <Button
          type="button"
          variant="default"
          disabled={body === null || !isAllowed}
          loading={ask.isPending}
          onClick={() => body !== null && ask.mutate(body)}
        >
          {t(found === null ? "tokens.see" : "tokens.see_again")}
        </Button>
      </div>
      <ErrorNotice error={error} />
      <div aria-live="polite">
        {found === null && error === null && !ask.isPending && <p className="small muted">{t("tokens.empty")}</p>}
        {found !== null && isOld && <Notice tone="warning">{t("tokens.old")}</Notice>}
        {found?.state === "waiting" && !reading.isError && <p className="small muted">{t("tokens.waiting")}</p>}
      </div>
      {reading.isError && found?.state === "waiting" && <ErrorPanel error={reading.error} onRetry={() => void reading.refetch()} />}
      {found?.state === "waiting" && !reading.isError && <Skeleton lines={4} />}
      {found !== null && <Outcome found={found} />}
    </div>
  );
}

function Outcome({ found }: { found: TokenPreview }) {
  const { t } = useI18n();
  if (found.reason !== null) {
    return (
      <Notice tone="error" isAlert title={t("tokens.failed")}>
        {found.reason.message}
      </Notice>
    );
  }
  return found.result === null ? null : <ReadingView reading={found.result} />;
}

const READS_ALIKE = new Set(["name", "search", "checkpointing", "limits"]);

/** The parts of a launch that change what is read. */
function readPart(launch: JobCreate) {
  return Object.fromEntries(Object.entries(launch).filter(([part]) => !READS_ALIKE.has(part)));
}
