import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconArrowBackUp, IconArrowsExchange, IconPencil, IconTrash } from "@tabler/icons-react";
import { type KeyboardEvent, useState } from "react";
import { Link } from "react-router";

import { CellField } from "@/features/datasets/cell-field.tsx";
import { fieldText, fieldValue } from "@/features/datasets/cell-text.ts";
import { CellValue } from "@/features/datasets/cell-value.tsx";
import { cellProblem, otherProblems, rowProblems } from "@/features/datasets/change-problems.ts";
import { useRowsById } from "@/features/datasets/change-queries.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import classes from "@/features/datasets/rows.module.css";
import { type PendingRow, rowDropped, rowEdited, rowMoved, rowUndone } from "@/features/datasets/pending-changes.ts";
import { taggedRow } from "@/features/datasets/tagged-cells.ts";
import { TaggedText } from "@/features/datasets/tagged-text.tsx";
import { SPLITS } from "@/features/datasets/version-counts.ts";
import type { ChangeProblem, Row, Split, TaskRole } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";


interface Props {
  row: Row;
  roles: readonly TaskRole[];
  /** Of the page that shows this row. */
  address: string;
  /** The address of the page leads to it. */
  isSought: boolean;
  isEdited: boolean;
  onEdit: (isEdited: boolean) => void;
}

/** A ref for what an address leads to. */
function bringIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "center" });
}

/** A row of the latest version with what is to become of it; its cells turn into fields where it is edited. */
export function EditableRow({ row: listed, roles, address, isSought, isEdited, onEdit }: Props) {
  const { t, format } = useI18n();
  const { version, isWriter, canEdit, pending, setPending, sent } = useDatasetWork();
  const whole = useRowsById(version.id, [listed.id], isEdited && listed.long.length > 0);
  const row = whole.data?.data[0] ?? listed;
  const change = pending.rows.find(({ id }) => id === row.id);
  const problems = change ? rowProblems(sent, row.id) : [];
  // What changes is shown cell by cell: what was there, and what is to be.
  const tagged = change && Object.keys(change.cells).length > 0 ? null : taggedRow(row.cells, row.long);
  const isReady = isEdited && (listed.long.length === 0 || whole.data !== undefined);
  return (
    <>
      <tr
        ref={isSought ? bringIntoView : undefined}
        className={classes["row"]}
        aria-current={isSought ? true : undefined}
        data-dropped={change?.isDropped === true ? true : undefined}
        data-changed={change ? true : undefined}
      >
        <td className={`num faint ${classes["number"] ?? ""}`}>
          <Link to={address} preventScrollReset aria-label={t("rows.link", { row: format.integer(row.row) })}>
            {format.integer(row.row)}
          </Link>
        </td>
        {isReady ? (
          <RowFields row={row} roles={roles} change={change} problems={problems} onDone={() => onEdit(false)} />
        ) : (
          <>
            {tagged ? (
              <td colSpan={roles.length} className={classes["cell"]}>
                <TaggedText cells={tagged} />
              </td>
            ) : (
              roles.map((role) => (
                <td key={role.role} className={`wrap ${classes[role.kind === "label" || role.kind === "flag" ? "label" : "cell"] ?? ""}`}>
                  <ShownCell row={row} role={role.role} change={change} problem={cellProblem(problems, role.role)} />
                </td>
              ))
            )}
            <td className="faint">
              {change?.split != null ? (
                <span className={classes["after"]}>
                  {t(`split.${row.split}`)} → {t(`split.${change.split}`)}
                </span>
              ) : (
                t(`split.${row.split}`)
              )}
            </td>
            {isWriter && (
              <td className={classes["acts"]}>
                {canEdit && (
                  <RowActions
                    row={row}
                    change={change}
                    onEdit={() => onEdit(true)}
                    onMove={(split) => setPending(rowMoved(pending, row, split))}
                    onDrop={() => setPending(rowDropped(pending, row))}
                    onUndo={() => setPending(rowUndone(pending, row.id))}
                  />
                )}
              </td>
            )}
          </>
        )}
      </tr>
      {otherProblems(problems, isReady ? [] : roles.map(({ role }) => role)).map((problem) => (
        <tr key={`${problem.code} ${problem.column ?? ""}`}>
          <td colSpan={roles.length + 3}>
            <p className={classes["refused"]} role="alert">
              {problem.message}
            </p>
          </td>
        </tr>
      ))}
    </>
  );
}

function ShownCell({ row, role, change, problem }: { row: Row; role: string; change: PendingRow | undefined; problem: string | null }) {
  const { t } = useI18n();
  if (change && role in change.cells) {
    return (
      <>
        <del className={classes["before"]}>
          <CellValue value={change.before[role]} />
        </del>
        <ins className={classes["after"]}>
          <CellValue value={change.cells[role]} />
        </ins>
        {problem !== null && (
          <p className={classes["refused"]} role="alert">
            {problem}
          </p>
        )}
      </>
    );
  }
  if (row.long.includes(role)) return <span className="faint">{t("rows.long")}</span>;
  return <CellValue value={row.cells[role]} />;
}

interface ActionsProps {
  row: Row;
  change: PendingRow | undefined;
  onEdit: () => void;
  onMove: (split: Split) => void;
  onDrop: () => void;
  onUndo: () => void;
}

function RowActions({ row, change, onEdit, onMove, onDrop, onUndo }: ActionsProps) {
  const { t } = useI18n();
  const name = { row: row.row };
  return (
    <div className={classes["actions"]}>
      {change && (
        <ActionIcon aria-label={t("rows.undo_row", name)} title={t("rows.undo")} onClick={onUndo}>
          <IconArrowBackUp size={16} aria-hidden />
        </ActionIcon>
      )}
      {!change?.isDropped && (
        <>
          <ActionIcon aria-label={t("rows.edit_row", name)} title={t("rows.edit")} onClick={onEdit}>
            <IconPencil size={16} aria-hidden />
          </ActionIcon>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon aria-label={t("rows.move_row", name)} title={t("rows.move")}>
                <IconArrowsExchange size={16} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>{t("rows.move")}</Menu.Label>
              {SPLITS.filter((split) => split !== (change?.split ?? row.split)).map((split) => (
                <Menu.Item key={split} onClick={() => onMove(split)}>
                  {t(`split.${split}`)}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <ActionIcon aria-label={t("rows.drop_row", name)} title={t("rows.drop")} onClick={onDrop}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </>
      )}
    </div>
  );
}

interface FieldsProps {
  row: Row;
  roles: readonly TaskRole[];
  change: PendingRow | undefined;
  problems: readonly ChangeProblem[];
  onDone: () => void;
}

function RowFields({ row, roles, change, problems, onDone }: FieldsProps) {
  const { t } = useI18n();
  const { version, pending, setPending } = useDatasetWork();
  const now = { ...row.cells, ...change?.cells };
  const [texts, setTexts] = useState(() => Object.fromEntries(roles.map(({ role }) => [role, fieldText(now[role])])));
  const labels = version.labels.map((entry) => entry.label);
  const save = () => {
    // A cell that nobody touched keeps what it holds, in whatever form that is.
    const touched = roles.filter(({ role }) => texts[role] !== fieldText(now[role]));
    setPending(rowEdited(pending, row, Object.fromEntries(touched.map((role) => [role.role, fieldValue(texts[role.role] ?? "", role)]))));
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onDone();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
  };
  return (
    <>
      {roles.map((role, index) => (
        <td key={role.role} className={classes["field"]} onKeyDown={onKeyDown}>
          <CellField
            role={role}
            value={texts[role.role] ?? ""}
            labels={labels}
            error={cellProblem(problems, role.role)}
            isFirst={index === 0}
            onChange={(value) => setTexts({ ...texts, [role.role]: value })}
          />
        </td>
      ))}
      <td className="faint">{t(`split.${change?.split ?? row.split}`)}</td>
      <td className={classes["acts"]}>
        <div className={classes["actions"]}>
          <Button size="sm" onClick={save}>
            {t("rows.keep")}
          </Button>
          <Button size="sm" variant="subtle" onClick={onDone}>
            {t("action.cancel")}
          </Button>
        </div>
      </td>
    </>
  );
}
