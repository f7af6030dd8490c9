import { Link } from "react-router";

import { TableScroll } from "@/components/table-scroll.tsx";
import type { AuditEntry } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export function AuditTable({ entries }: { entries: readonly AuditEntry[] }) {
  const { t, format } = useI18n();
  return (
    <TableScroll label={t("audit.title")}>
      <table className="table stacking">
        <thead>
          <tr>
            <th scope="col">{t("audit.time")}</th>
            <th scope="col">{t("audit.person")}</th>
            <th scope="col">{t("audit.action")}</th>
            <th scope="col">{t("audit.target")}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td className="num muted" style={{ textAlign: "start", whiteSpace: "nowrap" }}>
                <time dateTime={entry.created_at}>{format.dateTime(entry.created_at)}</time>
              </td>
              <td style={{ maxWidth: 240 }}>
                <span className="name" title={entry.person?.email}>
                  {entry.person?.email ?? t(entry.action === "quota.changed" ? "audit.operator" : "audit.nobody")}
                </span>
                {entry.api_key !== null && (
                  <div>
                    <span className="name faint small">{t("audit.by_key", { name: entry.api_key })}</span>
                  </div>
                )}
              </td>
              <td className="lead" style={{ minWidth: 150 }}>
                {entry.words}
              </td>
              <td style={{ maxWidth: 280 }}>
                <Target entry={entry} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Target({ entry }: { entry: AuditEntry }) {
  const name = entry.target_name ?? entry.target;
  const page = entry.target_page;
  return page === null ? (
    <span className="name" title={name}>
      {name}
    </span>
  ) : (
    <Link to={page} className="name" title={name}>
      {name}
    </Link>
  );
}
