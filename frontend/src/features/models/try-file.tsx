import { Button, Select } from "@mantine/core";
import { IconFileText } from "@tabler/icons-react";
import { useEffect, useState } from "react";

import { DropPlace } from "@/components/drop-place.tsx";
import { Notice } from "@/components/notice.tsx";
import { ACCEPTED, type BatchFile, BatchFileError, MAX_BYTES, MAX_ROWS, readBatchFile, type Said } from "@/features/models/batch-file.ts";
import { forgetBatch, keptBatch, rememberBatch } from "@/features/models/batch-memory.ts";
import { type BatchMapping, guessMapping, isComplete, questionOf, rowsAtOnce } from "@/features/models/batch-questions.ts";
import { BatchRun, type Outcome } from "@/features/models/batch-run.ts";
import { type Batch, keepBatch, useBatch } from "@/features/models/batch-store.ts";
import { BatchProgress } from "@/features/models/batch-progress.tsx";
import { BatchTable } from "@/features/models/batch-table.tsx";
import classes from "@/features/models/batch.module.css";
import { askVersion } from "@/features/models/model-queries.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partName, partTitle, questionFields } from "@/lib/tasks.ts";

interface Props {
  versionId: string;
  task: string;
}

/** A file of questions, answered row by row by the browser through the same endpoint that programs call. */
export function TryFile({ versionId, task }: Props) {
  const { t } = useI18n();
  const { user } = useWorkspace();
  const key = `${user.id} ${versionId}`;
  const batch = useBatch(key);
  const [problem, setProblem] = useState<Said | null>(null);
  const isNone = batch === null;
  useEffect(() => {
    if (!isNone) return undefined;
    let isGone = false;
    void keptBatch(key).then((kept) => {
      if (isGone || kept === null) return;
      const { file, mapping, outcomes } = kept;
      const run = runOf(file, mapping, versionId, task, outcomes);
      keepBatch(key, { file, mapping, run });
      void rememberBatch(key, { file, mapping }, run);
    });
    return () => {
      isGone = true;
    };
  }, [isNone, key, versionId, task]);
  const open = async (file: File) => {
    try {
      const read = await readBatchFile(file);
      setProblem(null);
      keepBatch(key, { file: read, mapping: guessMapping(task, read.columns), run: null });
    } catch (error) {
      setProblem(error instanceof BatchFileError ? error.said : { key: "answered_file.unreadable", params: {} });
    }
  };
  return (
    <div className="stack">
      {batch === null && <FilePlace task={task} onFile={(file) => void open(file)} />}
      {problem !== null && (
        <Notice tone="error" isAlert title={t("answered_file.refused")}>
          <p>{t(problem.key, problem.params)}</p>
        </Notice>
      )}
      {batch !== null && <OpenBatch batch={batch} batchKey={key} versionId={versionId} task={task} />}
    </div>
  );
}

function FilePlace({ task, onFile }: { task: string; onFile: (file: File) => void }) {
  const { t, format } = useI18n();
  const onFiles = ([file]: FileList) => {
    if (file) onFile(file);
  };
  return (
    <DropPlace className={classes["place"]} choose={t("answered_file.choose")} accept={ACCEPTED} onDropped={({ files }) => onFiles(files)} onPicked={onFiles}>
      <IconFileText size={28} stroke={1.4} aria-hidden />
      <p>{t("answered_file.drop", { columns: format.list(questionFields(task).map((field) => partName(field, t))) })}</p>
      <p className="muted small">{t("answered_file.limits", { rows: MAX_ROWS, megabytes: MAX_BYTES / 2 ** 20 })}</p>
      <p className="muted small">{t("answered_file.kept")}</p>
    </DropPlace>
  );
}

function runOf(file: BatchFile, mapping: BatchMapping, versionId: string, task: string, kept: readonly (Outcome | undefined)[] = []): BatchRun {
  const questions = file.rows.map((row) => questionOf(row, mapping));
  return new BatchRun(questions, rowsAtOnce(task), (asked, signal) => askVersion(versionId, asked, signal), { kept });
}

interface OpenProps extends Props {
  batch: Batch;
  batchKey: string;
}

function OpenBatch({ batch, batchKey, versionId, task }: OpenProps) {
  const { t } = useI18n();
  const { file, mapping, run } = batch;
  const begin = () => {
    const next = runOf(file, mapping, versionId, task);
    keepBatch(batchKey, { ...batch, run: next });
    void rememberBatch(batchKey, { file, mapping }, next);
    void next.start();
  };
  const close = () => {
    // First: who sees no file looks whether one is kept.
    const forgotten = forgetBatch(batchKey);
    keepBatch(batchKey, null);
    void forgotten;
  };
  return (
    <div className="stack">
      <div className={classes["file"]}>
        <p className={classes["fileName"]}>
          <strong>
            <bdi>{file.name}</bdi>
          </strong>
          <span className="muted small">
            {t("answered_file.rows", { count: file.rows.length })}
            {file.encoding !== "utf-8" && ` · ${t("answered_file.encoding", { encoding: file.encoding.toUpperCase() })}`}
          </span>
        </p>
        {run === null && (
          <Button size="xs" variant="default" onClick={close}>
            {t("answered_file.other_file")}
          </Button>
        )}
      </div>
      {run === null ? (
        <>
          <div className={classes["mapping"]}>
            {[...mapping].map(([field, place]) => (
              <Select
                key={field}
                label={t("answered_file.column_of", { field: partTitle(field, t) })}
                placeholder={t("answered_file.no_column")}
                data={file.columns.map((column, index) => ({ value: String(index), label: column === "" ? t("answered_file.unnamed", { number: index + 1 }) : column }))}
                value={place === null ? null : String(place)}
                allowDeselect={false}
                onChange={(value) => keepBatch(batchKey, { ...batch, mapping: new Map([...mapping, [field, value === null ? null : Number(value)]]) })}
              />
            ))}
          </div>
          <BatchTable file={file} mapping={mapping} run={null} />
          <div className="row">
            <Button onClick={begin} disabled={!isComplete(mapping)}>
              {t("answered_file.begin", { count: file.rows.length })}
            </Button>
            {!isComplete(mapping) && <span className="small muted">{t("answered_file.incomplete")}</span>}
          </div>
        </>
      ) : (
        <BatchProgress file={file} mapping={mapping} run={run} onClose={close} />
      )}
    </div>
  );
}
