import { SortHeader } from "@/components/sort-header.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import type { ClassScore } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useSort } from "@/lib/use-sort.ts";

const COLUMNS = ["label", "precision", "recall", "f1", "support"] as const;

interface Props {
  scores: readonly ClassScore[];
}

/** Per label, sortable; it starts with the weakest, because that is where the work is. */
export function ClassTable({ scores }: Props) {
  const { t, format, locale } = useI18n();
  const [sort, setSort] = useSort("classes", COLUMNS, { column: "f1", isRising: true });
  const rows = [...scores].sort((a, b) => {
    const left = a[sort.column];
    const right = b[sort.column];
    const order = typeof left === "string" || typeof right === "string" ? String(left).localeCompare(String(right), locale) : left - right;
    return sort.isRising ? order : -order;
  });
  return (
    <TableScroll label={t("classes.title")}>
      <table className="table">
        <thead>
          <tr>
            {COLUMNS.map((column) => {
              const isSorted = sort.column === column;
              return (
                <SortHeader
                  key={column}
                  label={t(`classes.${column}`)}
                  isNumber={column !== "label"}
                  isRising={isSorted ? sort.isRising : null}
                  onSort={() => setSort({ column, isRising: isSorted ? !sort.isRising : column === "label" || column === "f1" })}
                />
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row" style={{ maxWidth: 320 }}>
                <span className="name" title={row.label}>
                  {row.label}
                </span>
              </th>
              <td className="num">{format.percent(row.precision)}</td>
              <td className="num">{format.percent(row.recall)}</td>
              <td className="num">{format.percent(row.f1)}</td>
              <td className="num">{format.integer(row.support)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
