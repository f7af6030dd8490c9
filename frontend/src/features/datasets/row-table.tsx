import type { ReactNode } from "react";

import { TableScroll } from "@/components/table-scroll.tsx";
import { CellValue } from "@/features/datasets/cell-value.tsx";
import classes from "@/features/datasets/dataset.module.css";
import { RoleHeadings } from "@/features/datasets/role-headings.tsx";
import { taggedRow } from "@/features/datasets/tagged-cells.ts";
import { TaggedText } from "@/features/datasets/tagged-text.tsx";
import type { DataRole, Row } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  label: string;
  roles: readonly string[];
  rows: readonly Row[];
  /** A column of its own beside the cells. */
  extra?: { title: string; cell: (row: Row) => ReactNode };
}

/** Rows of a version to look at. */
export function RowTable({ label, roles, rows, extra }: Props) {
  const { t, format } = useI18n();
  return (
    <TableScroll label={label}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col" className="num">
              {t("problems.row")}
            </th>
            <RoleHeadings roles={roles as readonly DataRole[]} rows={rows} />
            <th scope="col">{t("preview.split")}</th>
            {extra && <th scope="col">{extra.title}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td className="num faint">{format.integer(row.row)}</td>
              <Cells row={row} roles={roles} />
              <td className="faint">{t(`split.${row.split}`)}</td>
              {extra && <td>{extra.cell(row)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Cells({ row, roles }: { row: Row; roles: readonly string[] }) {
  const { t } = useI18n();
  const tagged = taggedRow(row.cells, row.long);
  if (tagged) {
    return (
      <td colSpan={roles.length} className={classes["cell"]}>
        <TaggedText cells={tagged} />
      </td>
    );
  }
  return roles.map((role) => (
    <td key={role} className={`wrap ${classes[role === "label" ? "short" : "cell"] ?? ""}`}>
      {row.long.includes(role) ? <span className="faint">{t("rows.long")}</span> : <CellValue value={row.cells[role]} />}
    </td>
  ));
}
