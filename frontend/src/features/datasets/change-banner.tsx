import { Button, CloseButton } from "@mantine/core";
import { Link } from "react-router";

import { Notice } from "@/components/notice.tsx";
import { ProgressBar } from "@/components/progress-bar.tsx";
import { useUndo } from "@/features/datasets/change-queries.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { StaleNotice } from "@/features/datasets/stale-notice.tsx";
import { differenceWords } from "@/features/datasets/version-words.ts";
import type { DatasetChange } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SHOWN = 5;

interface Props {
  change: DatasetChange;
  onClose: () => void;
}

/** How a change goes on: at work, made into a version that can be taken back, or refused with the reasons. */
export function ChangeBanner({ change, onClose }: Props) {
  if (change.state === "waiting") return <Waiting change={change} />;
  if (change.state === "failed") return <Refused change={change} onClose={onClose} />;
  return <Made change={change} onClose={onClose} />;
}

function Waiting({ change }: { change: DatasetChange }) {
  const { t } = useI18n();
  return (
    <Notice tone="info" title={t("change.waiting_title")}>
      <div className="stack" style={{ gap: 6, paddingBlock: 4 }} role="status">
        <ProgressBar label={t("change.waiting_title")} share={null} />
        <p className="small muted num">{change.progress ? t("change.rows_read", { count: change.progress.rows_read }) : t("change.waiting_hint")}</p>
      </div>
    </Notice>
  );
}

function Made({ change, onClose }: Props) {
  const { t, format } = useI18n();
  const { dataset, version, isWriter, isBusy, follow } = useDatasetWork();
  const undo = useUndo(dataset.id);
  const made = change.version;
  if (made === null) return null;
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
          <strong>{t("change.made", { version: made.number })}</strong> {differenceWords(made, t, format.list)}.{" "}
          {made.parent_id !== null && <Link to={`?tab=versions&version=${made.number}&against=${made.number - 1}`}>{t("change.see")}</Link>}
        </p>
      </Notice>
      <StaleNotice error={undo.error} onLook={() => undo.reset()} />
    </div>
  );
}

function Refused({ change, onClose }: Props) {
  const { t } = useI18n();
  return (
    <Notice tone="error" isAlert title={t("change.refused_title")} action={<CloseButton aria-label={t("action.dismiss")} onClick={onClose} />}>
      <p>{t("change.refused_hint")}</p>
      <ul className="small">
        {change.problems.slice(0, SHOWN).map((problem, index) => (
          <li key={`${index} ${problem.code}`}>{problem.message}</li>
        ))}
      </ul>
      {change.num_problems > SHOWN && <p className="small muted">{t("problems.more", { count: change.num_problems - SHOWN })}</p>}
    </Notice>
  );
}
