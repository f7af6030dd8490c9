import { ActionIcon, Button } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useState } from "react";

import { ActionBar } from "@/components/action-bar.tsx";
import { CodeFold } from "@/components/code-fold.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { datasetCalls } from "@/features/datasets/calls.ts";
import { cellText } from "@/features/datasets/cell-text.ts";
import { additionProblems, rowProblems } from "@/features/datasets/change-problems.ts";
import { useMakeChanges, useRowsLookedUp } from "@/features/datasets/change-queries.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import {
  additionUndone,
  asChanges,
  carriedTo,
  changeKind,
  editedIds,
  MOST_CHANGES,
  noChanges,
  overtakenRows,
  type PendingAddition,
  pendingCount,
  type PendingRow,
  rowUndone,
} from "@/features/datasets/pending-changes.ts";
import classes from "@/features/datasets/rows.module.css";
import { StaleNotice } from "@/features/datasets/stale-notice.tsx";
import type { ChangeProblem, DataRole } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { partTitle } from "@/lib/tasks.ts";

const SHOWN = 200;

/** What is to be changed, seen from every tab: each can be taken back, and all of it becomes one version. */
export function PendingBar() {
  const { t } = useI18n();
  const { dataset, version, isBusy, canEdit, pending, setPending, sent, follow } = useDatasetWork();
  const make = useMakeChanges(dataset.id);
  const lookUp = useRowsLookedUp();
  const [isOpen, setIsOpen] = useState(false);
  const count = pendingCount(pending);
  if (count === 0) return null;
  const isStale = pending.baseId !== version.id;
  const changes = asChanges(pending);
  const isTooMany = changes.length > MOST_CHANGES;
  const isRefused = sent?.state === "failed";
  const looked = isStale && lookUp.data?.versionId === version.id ? lookUp.data.rows : [];
  const overtaken = overtakenRows(pending, looked);
  const carry = () =>
    lookUp.mutate(
      { versionId: version.id, ids: editedIds(pending) },
      { onSuccess: ({ rows }) => overtakenRows(pending, rows).length === 0 && setPending(carriedTo(pending, version, rows)) },
    );
  const withoutOvertaken = { ...pending, rows: pending.rows.filter(({ id }) => !overtaken.some((row) => row.id === id)) };
  const undoAll = () => {
    make.reset();
    setPending(noChanges(version));
  };
  const send = () =>
    make.mutate(
      { baseId: pending.baseId, kind: changeKind(pending), changes },
      {
        onSuccess: (change) => {
          setPending({ ...pending, changeId: change.id });
          follow(change);
        },
      },
    );
  return (
    <ActionBar
      label={t("pending.title")}
      title={t("pending.count", { count })}
      actions={
        <>
          <Button size="sm" variant="subtle" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            {t(isOpen ? "pending.hide" : "pending.show")}
          </Button>
          <Button size="sm" variant="default" disabled={!canEdit} onClick={undoAll}>
            {t("pending.undo_all")}
          </Button>
          {isStale ? (
            <Button size="sm" loading={lookUp.isPending} disabled={!canEdit} onClick={carry}>
              {t("pending.carry", { version: `v${version.number}` })}
            </Button>
          ) : (
            <Button size="sm" loading={make.isPending} disabled={isBusy || !canEdit || isTooMany} onClick={send}>
              {t("pending.make")}
            </Button>
          )}
        </>
      }
    >
      {isStale && (
        <Notice tone="warning" title={t("change.stale_title")}>
          <p>{t("pending.stale", { base: `v${pending.baseNumber}`, version: `v${version.number}` })}</p>
        </Notice>
      )}
      {isStale && <ErrorNotice error={lookUp.error} />}
      {overtaken.length > 0 && (
        <Notice
          tone="warning"
          isAlert
          title={t("pending.overtaken_title", { count: overtaken.length, version: `v${version.number}` })}
          action={
            <div className="row">
              <Button size="sm" variant="default" onClick={() => setPending(carriedTo(withoutOvertaken, version, looked))}>
                {t("pending.overtaken_theirs", { version: `v${version.number}` })}
              </Button>
              <Button size="sm" variant="default" onClick={() => setPending(carriedTo(pending, version, looked))}>
                {t("pending.overtaken_mine")}
              </Button>
            </div>
          }
        >
          <ul className={classes["list"]}>
            {overtaken.slice(0, SHOWN).map((row) => (
              <li key={row.id}>{rowWords(row, t)}</li>
            ))}
            {overtaken.length > SHOWN && <li className="muted">{t("problems.more", { count: overtaken.length - SHOWN })}</li>}
          </ul>
        </Notice>
      )}
      {isTooMany && <Notice tone="warning">{t("pending.too_many", { most: MOST_CHANGES })}</Notice>}
      {isRefused && (
        <Notice tone="error" isAlert>
          {t("pending.refused", { count: sent.num_problems })}
        </Notice>
      )}
      <StaleNotice error={make.error} onLook={() => make.reset()} />
      {isOpen && <CodeFold calls={[datasetCalls.change(dataset.id, { base_version_id: pending.baseId, kind: changeKind(pending), changes })]} />}
      {isOpen && (
        <ul className={classes["list"]} aria-label={t("pending.title")}>
          {pending.rows.slice(0, SHOWN).map((row) => (
            <Entry key={row.id} words={rowWords(row, t)} problems={rowProblems(sent, row.id)} onUndo={() => setPending(rowUndone(pending, row.id))} />
          ))}
          {pending.added.slice(0, SHOWN).map((addition, index) => (
            <Entry
              key={addition.key}
              words={additionWords(addition, t)}
              problems={additionProblems(sent, index + 1)}
              onUndo={() => setPending(additionUndone(pending, addition.key))}
            />
          ))}
          {count > SHOWN && <li className="muted">{t("problems.more", { count: count - SHOWN })}</li>}
        </ul>
      )}
    </ActionBar>
  );
}

function rowWords(row: PendingRow, t: Translate): string {
  const name = row.line === null ? t("pending.point") : t("pending.row", { row: row.line });
  if (row.isDropped) return t("pending.dropped", { name });
  const cells = Object.entries(row.cells).map(([role, value]) =>
    t("pending.set", { part: partTitle(role as DataRole, t), before: cellText(row.before[role]), after: cellText(value) }),
  );
  const move = row.split === null ? [] : [t("pending.moved", { split: t(`split.${row.split}`) })];
  return `${name}: ${[...cells, ...move].join("; ")}`;
}

function additionWords({ cells }: PendingAddition, t: Translate): string {
  return t("pending.added", { text: Object.values(cells).map(cellText).join(" · ") });
}

function Entry({ words, problems, onUndo }: { words: string; problems: readonly ChangeProblem[]; onUndo: () => void }) {
  const { t } = useI18n();
  return (
    <li>
      <div style={{ minWidth: 0 }}>
        <span className="name" title={words}>
          {words}
        </span>
        {problems.map((problem) => (
          <p key={`${problem.code} ${problem.column ?? ""}`} className={classes["refused"]}>
            {problem.message}
          </p>
        ))}
      </div>
      <ActionIcon aria-label={t("pending.undo", { what: words })} title={t("rows.undo")} onClick={onUndo}>
        <IconArrowBackUp size={16} aria-hidden />
      </ActionIcon>
    </li>
  );
}
