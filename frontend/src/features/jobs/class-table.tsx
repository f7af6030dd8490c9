import { SortHeader } from "@/components/sort-header.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import type { ClassScore } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useSort } from "@/lib/use-sort.ts";

const COLUMNS = ["label", "precision", "recall", "f1", "support"] as const;

/** How many labels without a row are named. */
const MOST_NAMED = 8;

interface Props {
  scores: readonly ClassScore[];
  /** What is scored, and counted in the last column: labels by their rows, or types by their spans. */
  of?: "labels" | "types";
}

/** Per label, sortable; it starts with the weakest, because that is where the work is. Labels that nothing tested come last and have no figures. */
export function ClassTable({ scores, of = "labels" }: Props) {
  const { t, format, locale } = useI18n();
  const [sort, setSort] = useSort("classes", COLUMNS, { column: "f1", isRising: true });
  const untested = scores.filter(({ support }) => support === 0).map(({ label }) => label);
  const named = untested.slice(0, MOST_NAMED).map((label) => t("classes.quoted", { label }));
  const more = untested.length > MOST_NAMED ? [t("classes.more", { count: untested.length - MOST_NAMED })] : [];
  const heads = of === "types" ? { label: t("classes.type"), support: t("classes.spans") } : { label: t("classes.label"), support: t("classes.support") };
  const title = t(of === "types" ? "spans.types_title" : "classes.title");
  const rows = [...scores].sort((a, b) => {
    if ((a.support === 0) !== (b.support === 0)) return a.support === 0 ? 1 : -1;
    const left = a[sort.column];
    const right = b[sort.column];
    const order = typeof left === "string" || typeof right === "string" ? String(left).localeCompare(String(right), locale) : left - right;
    return sort.isRising ? order : -order;
  });
  return (
    <>
      {untested.length > 0 && (
        <p className="prose" style={{ marginBottom: 12 }}>
          {t(`${of === "types" ? "spans" : "classes"}.untested`, { count: untested.length, labels: format.list([...named, ...more]) })}
        </p>
      )}
      <TableScroll label={title}>
        <table className="table">
          <thead>
            <tr>
              {COLUMNS.map((column) => {
                const isSorted = sort.column === column;
                return (
                  <SortHeader
                    key={column}
                    label={column === "label" || column === "support" ? heads[column] : t(`classes.${column}`)}
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
                {(["precision", "recall", "f1"] as const).map((figure) => (
                  <td key={figure} className="num">
                    {row.support === 0 ? <Untested /> : format.percent(row[figure])}
                  </td>
                ))}
                <td className="num">{format.integer(row.support)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </>
  );
}

function Untested() {
  const { t } = useI18n();
  return (
    <>
      <span className="faint" aria-hidden>
        –
      </span>
      <span className="visually-hidden">{t("classes.not_tested")}</span>
    </>
  );
}
