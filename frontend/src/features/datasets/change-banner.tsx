import { Button, CloseButton } from "@mantine/core";
import { Link } from "react-router";

import { Notice } from "@/components/notice.tsx";
import { useUndo } from "@/features/datasets/change-queries.ts";
import { ChangeRefused } from "@/features/datasets/change-refused.tsx";
import { ChangeWaiting } from "@/features/datasets/change-waiting.tsx";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { StaleNotice } from "@/features/datasets/stale-notice.tsx";
import { differenceWords } from "@/features/datasets/version-words.ts";
import type { DatasetChange } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  change: DatasetChange;
  onClose: () => void;
}

/** How a change goes on: at work, made into a version that can be taken back, or refused with the reasons. */
export function ChangeBanner({ change, onClose }: Props) {
  if (change.state === "waiting") return <ChangeWaiting change={change} />;
  if (change.state === "failed") return <ChangeRefused change={change} onClose={onClose} />;
  return <Made change={change} onClose={onClose} />;
}

function Made({ change, onClose }: Props) {
  const { t, format } = useI18n();
  const { dataset, version, isWriter, isBusy, follow } = useDatasetWork();
  const undo = useUndo(dataset.id);
  const made = change.version;
  if (made === null) return null;
  const source = made.change?.kind === "restore" ? made.change.number : undefined;
  const title = source === undefined ? t("change.made", { version: made.number }) : t("change.restored", { version: made.number, source: `v${source}` });
  const isLatest = made.id === version.id;
  return (
    <div className="stack" style={{ gap: 8 }} role="status">
      <Notice
        tone="good"
        action={
          <span className="row" style={{ flexWrap: "nowrap", alignSelf: "start" }}>
            {isWriter && isLatest && made.parent_id !== null && (
              <Button
                size="sm"
                variant="default"
                loading={undo.isPending}
                disabled={isBusy}
                onClick={() => undo.mutate(made.id, { onSuccess: follow })}
              >
                {t("change.undo")}
              </Button>
            )}
            <CloseButton aria-label={t("action.dismiss")} onClick={onClose} />
          </span>
        }
      >
        <p>
          <strong>{title}</strong>{" "}
          {differenceWords(made, t, format.list)}.{" "}
          {made.parent_id !== null && <Link to={`?tab=versions&version=${made.number}&against=${made.number - 1}`}>{t("change.see")}</Link>}
        </p>
      </Notice>
      <StaleNotice error={undo.error} onLook={() => undo.reset()} />
    </div>
  );
}
