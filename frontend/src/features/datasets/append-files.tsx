import { Select } from "@mantine/core";

import { Notice } from "@/components/notice.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { hasColumn, type MappedRole, missingColumns, type OwnColumns } from "@/features/datasets/append-fit.ts";
import type { QueuedUpload } from "@/features/datasets/upload-queue.ts";
import type { Head } from "@/features/datasets/use-heads.ts";
import type { DataRole } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { shortened } from "@/lib/shortened.ts";
import { partTitle } from "@/lib/tasks.ts";

const SHOWN = 60;

interface Props {
  queue: readonly QueuedUpload[];
  heads: ReadonlyMap<string, Head | null>;
  wanted: readonly MappedRole[];
  /** What each file calls columns otherwise. */
  ownOf: (id: string) => OwnColumns;
  onChoose: (id: string, role: DataRole, column: string | null) => void;
}

/** What the files bring: rows, and the columns that the dataset is made of, by whichever name they have there. */
export function AppendFiles({ queue, heads, wanted, ownOf, onChoose }: Props) {
  const { t, format } = useI18n();
  const files = queue.filter(({ state }) => state !== "refused").map((item) => ({ item, head: heads.get(item.id) ?? null, own: ownOf(item.id) }));
  const lacking = files.flatMap(({ item, head, own }) => {
    const missing = head === null ? [] : missingColumns(wanted, head.columns, own);
    return head === null || missing.length === 0 ? [] : [{ id: item.id, name: item.name, missing, found: head.columns }];
  });
  const isRenamed = files.some(({ own }) => Object.values(own).some((column) => column !== null));
  return (
    <div className="stack">
      <TableScroll label={t("append.table")}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t("problems.file")}</th>
              <th scope="col" className="num">
                {t("rows.table")}
              </th>
              {wanted.map(({ role, column }) => (
                <th key={role} scope="col">
                  {partTitle(role, t)} <span className="faint">{t("append.column", { column })}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {files.map(({ item, head, own }) => (
              <tr key={item.id}>
                <td className="wrap">
                  <bdi>{item.name}</bdi>
                </td>
                <td className="num">{head === null ? "–" : t(head.isWhole ? "append.rows" : "append.rows_more", { count: head.numRows })}</td>
                {wanted.map((want) => (
                  <td key={want.role}>
                    <Found file={item.name} head={head} want={want} wanted={wanted} own={own} onChoose={(column) => onChoose(item.id, want.role, column)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      {isRenamed && <Notice tone="info">{t("append.renamed")}</Notice>}
      {lacking.map(({ id, name, missing, found }) => (
        <Notice key={id} tone="warning">
          {t("append.missing", { file: name, columns: format.list(missing), found: format.list(found) })}
        </Notice>
      ))}
    </div>
  );
}

interface FoundProps {
  file: string;
  head: Head | null;
  want: MappedRole;
  wanted: readonly MappedRole[];
  own: OwnColumns;
  onChoose: (column: string | null) => void;
}

/** That the file has the column; or which of its columns is meant, with what stands there, to be corrected. */
function Found({ file, head, want, wanted, own, onChoose }: FoundProps) {
  const { t } = useI18n();
  if (head === null) return <span className="faint">{t("append.unread")}</span>;
  if (hasColumn(head.columns, want.column)) return t("append.found");
  const column = own[want.role] ?? null;
  const isTaken = (name: string) => wanted.some((one) => one.column.trim() === name.trim());
  const sample = column === null ? undefined : head.rows[0]?.[head.columns.indexOf(column)];
  return (
    <div className="stack" style={{ gap: 4, minWidth: 180 }}>
      <Select
        aria-label={t("append.choose", { part: partTitle(want.role, t), file })}
        placeholder={t("append.not_found")}
        data={head.columns.filter((name, index) => name !== "" && head.columns.indexOf(name) === index && !isTaken(name))}
        value={column}
        clearable
        size="xs"
        clearButtonProps={{ "aria-label": t("append.clear") }}
        onChange={onChoose}
      />
      {sample !== undefined && (
        <span className="small faint wrap">
          <bdi>{shortened(sample, SHOWN)}</bdi>
        </span>
      )}
    </div>
  );
}
