import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useState } from "react";

import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { Notice } from "@/components/notice.tsx";
import { ProgressBar } from "@/components/progress-bar.tsx";
import { ScoreBars } from "@/components/score-bars.tsx";
import { answersCsv, answersJsonl } from "@/features/models/batch-answers.ts";
import type { BatchFile } from "@/features/models/batch-file.ts";
import type { BatchMapping } from "@/features/models/batch-questions.ts";
import type { BatchRun, Outcome } from "@/features/models/batch-run.ts";
import { useProgress } from "@/features/models/batch-store.ts";
import { BatchTable } from "@/features/models/batch-table.tsx";
import classes from "@/features/models/batch.module.css";
import { useTellOutcome } from "@/features/models/use-tell-outcome.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { saveContent } from "@/lib/save-content.ts";

const SHOWN_PROBLEMS = 10;
const SHOWN_LABELS = 8;

interface Props {
  file: BatchFile;
  mapping: BatchMapping;
  run: BatchRun;
  onClose: () => void;
}

/** How far a file has come, what went wrong with which row, and the answers to take away. */
export function BatchProgress({ file, mapping, run, onClose }: Props) {
  const { t } = useI18n();
  const progress = useProgress(run);
  const [isSaved, setIsSaved] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const { status, numDone, numFailed, error, failedRows } = progress;
  const numRows = file.rows.length;
  const isRunning = status === "running";
  useWarning(isRunning);
  const hasUnsaved = !isSaved && numDone > numFailed;
  return (
    <div className="stack">
      <div className={classes["progress"]}>
        <ProgressBar label={t("answered_file.progress")} share={numDone / numRows} />
        <p className="small num">{t("answered_file.so_far", { done: numDone, count: numRows })}</p>
      </div>
      <div role="status">
        {status === "done" && (
          <Notice tone={numFailed === 0 ? "good" : "warning"} title={t("answered_file.done", { count: numRows - numFailed })}>
            {numFailed > 0 && <p>{t("answered_file.without", { count: numFailed })}</p>}
          </Notice>
        )}
        {status === "stopped" && (
          <Notice tone={error === null ? "info" : "error"} title={failedRows === null ? t("answered_file.stopped") : t("answered_file.failed", { from: failedRows[0], to: failedRows[1] })}>
            {error !== null && <p>{describeError(error, t)}</p>}
            {numDone > 0 && <p>{t("answered_file.nothing_lost", { count: numDone })}</p>}
          </Notice>
        )}
      </div>
      <div className="row">
        {isRunning && (
          <Button variant="default" onClick={() => run.stop()}>
            {t("answered_file.stop")}
          </Button>
        )}
        {status === "stopped" && <Button onClick={() => void run.start()}>{t("answered_file.go_on", { count: numRows - numDone })}</Button>}
        <Downloads file={file} run={run} isMain={status === "done"} onSaved={() => setIsSaved(status === "done")} />
        {!isRunning && (
          <Button variant="subtle" onClick={() => (hasUnsaved ? setIsAsking(true) : onClose())}>
            {t("answered_file.other_file")}
          </Button>
        )}
      </div>
      <Problems run={run} numFailed={numFailed} />
      <LabelShares run={run} numDone={numDone} />
      <BatchTable file={file} mapping={mapping} run={run} />
      <ConfirmDialog
        isOpen={isAsking}
        title={t("answered_file.drop_title")}
        confirmLabel={t("answered_file.drop_answers")}
        isPending={false}
        error={null}
        onClose={() => setIsAsking(false)}
        onConfirm={onClose}
      >
        <p>{t("answered_file.drop_hint", { count: numDone - numFailed })}</p>
      </ConfirmDialog>
    </div>
  );
}

/** Whoever closes the tab while rows are answered is asked whether they mean it. */
function useWarning(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isOn]);
}

interface DownloadsProps {
  file: BatchFile;
  run: BatchRun;
  isMain: boolean;
  onSaved: () => void;
}

function Downloads({ file, run, isMain, onSaved }: DownloadsProps) {
  const { t } = useI18n();
  const tell = useTellOutcome();
  const stem = file.name.replace(/\.[^.]*$/, "");
  const save = (form: "csv" | "jsonl") => {
    const write = form === "csv" ? answersCsv : answersJsonl;
    saveContent(new Blob([write(file, run.outcomes, tell)], { type: form === "csv" ? "text/csv" : "application/jsonl" }), `${stem}-answers.${form}`);
    onSaved();
  };
  return (["csv", "jsonl"] as const).map((form) => (
    <Button
      key={form}
      variant={isMain && form === file.form ? "filled" : "default"}
      leftSection={<IconDownload size={16} aria-hidden />}
      onClick={() => save(form)}
    >
      {t(`answered_file.save_${form}`)}
    </Button>
  ));
}

/** The first rows that have no answer; the files have all of them. */
function Problems({ run, numFailed }: { run: BatchRun; numFailed: number }) {
  const { t } = useI18n();
  const tell = useTellOutcome();
  if (numFailed === 0) return null;
  const failed = run.outcomes.flatMap((outcome, place) => (outcome !== undefined && !("prediction" in outcome) ? [{ place, outcome }] : [])).slice(0, SHOWN_PROBLEMS);
  return (
    <div>
      <h3 className={classes["heading"]}>{t("answered_file.problems", { count: numFailed })}</h3>
      <ul className={classes["problems"]}>
        {failed.map(({ place, outcome }) => (
          <li key={place}>
            <strong className="num">{t("answered_file.row", { number: place + 1 })}</strong> {tell(outcome)}
          </li>
        ))}
      </ul>
      {numFailed > failed.length && <p className="small muted">{t("answered_file.more_problems", { count: numFailed - failed.length })}</p>}
    </div>
  );
}

/** How often each label was the answer: the first thing to look at. */
function LabelShares({ run, numDone }: { run: BatchRun; numDone: number }) {
  const { t } = useI18n();
  const labels = run.outcomes.flatMap((outcome) => labelOf(outcome));
  if (labels.length === 0 || numDone === 0) return null;
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const shares = [...counts].sort(([, a], [, b]) => b - a).map(([label, count]) => ({ label, score: count / labels.length }));
  return (
    <div className={classes["shares"]}>
      <h3 className={classes["heading"]}>{t("answered_file.shares")}</h3>
      <ScoreBars label={t("answered_file.shares")} scores={shares.slice(0, SHOWN_LABELS)} />
      {shares.length > SHOWN_LABELS && <p className="small muted">{t("answered_file.more_labels", { count: shares.length - SHOWN_LABELS })}</p>}
    </div>
  );
}

function labelOf(outcome: Outcome | undefined): string[] {
  if (outcome === undefined || !("prediction" in outcome) || outcome.prediction.kind !== "labels") return [];
  return outcome.prediction.labels.slice(0, 1).map(({ label }) => label);
}
