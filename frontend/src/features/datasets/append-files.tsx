import { Notice } from "@/components/notice.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { type MappedRole, missingColumns } from "@/features/datasets/append-fit.ts";
import type { QueuedUpload } from "@/features/datasets/upload-queue.ts";
import { type Head, useHeads } from "@/features/datasets/use-heads.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle } from "@/lib/tasks.ts";

interface Props {
  queue: readonly QueuedUpload[];
  wanted: readonly MappedRole[];
}

/** What the files bring: rows, and the columns that the dataset is made of. */
export function AppendFiles({ queue, wanted }: Props) {
  const { t, format } = useI18n();
  const heads = useHeads(queue);
  const files = queue.filter(({ state }) => state !== "refused").map((item) => ({ item, head: heads.get(item.id) ?? null }));
  const lacking = files.flatMap(({ item, head }) => {
    const missing = head === null ? [] : missingColumns(wanted, head.columns);
    return head === null || missing.length === 0 ? [] : [{ id: item.id, name: item.name, missing, found: head.columns }];
  });
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
            {files.map(({ item, head }) => (
              <tr key={item.id}>
                <td className="wrap">
                  <bdi>{item.name}</bdi>
                </td>
                <td className="num">{head === null ? "–" : t(head.isWhole ? "append.rows" : "append.rows_more", { count: head.numRows })}</td>
                {wanted.map(({ role, column }) => (
                  <td key={role}>
                    <Found head={head} column={column} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      {lacking.map(({ id, name, missing, found }) => (
        <Notice key={id} tone="warning">
          {t("append.missing", { file: name, columns: format.list(missing), found: format.list(found) })}
        </Notice>
      ))}
    </div>
  );
}

function Found({ head, column }: { head: Head | null; column: string }) {
  const { t } = useI18n();
  if (head === null) return <span className="faint">{t("append.unread")}</span>;
  return head.columns.some((name) => name.trim() === column.trim()) ? t("append.found") : <strong>{t("append.not_found")}</strong>;
}
