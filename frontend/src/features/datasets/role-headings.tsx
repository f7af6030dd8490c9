import { columnWidth } from "@/features/datasets/column-width.ts";
import type { DataRole, Row } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle } from "@/lib/tasks.ts";

/** Headings over the cells of rows: one over words and tags, which stand in one cell where they fit one another. */
export function RoleHeadings({ roles, rows }: { roles: readonly DataRole[]; rows: readonly Row[] }) {
  const { t } = useI18n();
  if (roles.includes("tags")) {
    return (
      <th scope="colgroup" colSpan={roles.length}>
        {roles.map((role) => partTitle(role, t)).join(" · ")}
      </th>
    );
  }
  return roles.map((role) => (
    <th key={role} scope="col" style={{ minWidth: columnWidth(rows.map(({ cells }) => cells[role])) }}>
      {partTitle(role, t)}
    </th>
  ));
}
