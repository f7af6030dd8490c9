import { Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import type { UseInfiniteQueryResult, UseMutationResult } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { ErrorPanel } from "@/components/error-panel.tsx";
import { MorePages } from "@/components/more-button.tsx";
import { NameFilterBar } from "@/components/name-filter-bar.tsx";
import { RenameDialog } from "@/components/rename-dialog.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { asApiError } from "@/lib/api-error.ts";
import { describeError } from "@/lib/describe-error.ts";
import { focus } from "@/lib/focus.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";
import { isNamed, type NameFilter, type NameFilterChange } from "@/lib/use-name-filter.ts";
import { useNow } from "@/lib/use-now.ts";

interface Deleted {
  id: string;
  name: string;
  deleted_at: string | null;
  restorable_until: string | null;
}

interface Page {
  data: readonly Deleted[];
}

interface Props {
  title: string;
  query: UseInfiniteQueryResult<{ pages: Page[] }>;
  filter: NameFilter;
  onFilter: (change: NameFilterChange) => void;
  /** Null for those who may only look. */
  restore: UseMutationResult<{ name: string }, Error, { id: string; name?: string }> | null;
  addressOf: (id: string) => string;
}

/** What was deleted and can be brought back. What is back stays in its line until the list is asked for again. */
export function DeletedList({ title, query, filter, onFilter, restore, addressOf }: Props) {
  const { t, format } = useI18n();
  const now = useNow();
  const [back, setBack] = useState<readonly string[]>([]);
  const [taken, setTaken] = useState<Deleted | null>(null);
  const rows = query.data?.pages.flatMap((page) => page.data);
  const hasNone = rows?.length === 0 && !query.isPlaceholderData && !isNamed(filter);
  const done = (row: Deleted, name: string) => {
    setBack((before) => [...before, row.id]);
    setTaken(null);
    showToast(t("undo.restored", { name }));
  };
  const ask = (row: Deleted) =>
    restore?.mutate(
      { id: row.id },
      {
        onSuccess: ({ name }) => done(row, name),
        onError: (error) => {
          if (asApiError(error).param === "name") {
            setTaken(row);
            return;
          }
          showToast(describeError(error, t), "error");
          void query.refetch();
        },
      },
    );
  if (rows === undefined) return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Skeleton lines={5} />;
  if (hasNone) return <StatePanel icon={<IconTrash size={28} />} title={t("deleted.none")} />;
  return (
    <>
      <NameFilterBar filter={filter} onChange={onFilter} />
      {rows.length === 0 && <p className="muted">{t("jobs.none_found")}</p>}
      {rows.length > 0 && (
        <TableScroll label={title}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("field.name")}</th>
                <th scope="col" className="wide-only">
                  {t("deleted.at")}
                </th>
                <th scope="col">{t("deleted.until")}</th>
                {restore !== null && (
                  <th scope="col">
                    <span className="visually-hidden">{t("deleted.restore")}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <th scope="row" style={{ maxWidth: "min(380px, 34vw)" }}>
                    <span className="name" title={row.name}>
                      {row.name}
                    </span>
                  </th>
                  <td className="muted wide-only">{row.deleted_at !== null && format.relative(row.deleted_at, now)}</td>
                  <td className="muted" title={row.restorable_until === null ? undefined : format.dateTime(row.restorable_until)}>
                    {row.restorable_until !== null && format.date(row.restorable_until)}
                  </td>
                  {restore !== null && (
                    <td className="num">
                      {back.includes(row.id) ? (
                        <Link to={addressOf(row.id)} ref={focus} aria-label={t("deleted.open_named", { name: row.name })}>
                          {t("deleted.open")}
                        </Link>
                      ) : (
                        <Button
                          size="xs"
                          variant="default"
                          loading={restore.isPending && restore.variables.id === row.id}
                          aria-label={t("deleted.restore_named", { name: row.name })}
                          onClick={() => ask(row)}
                        >
                          {t("deleted.restore")}
                        </Button>
                      )}
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
      <MorePages of={query} />
      {taken !== null && restore !== null && (
        <RenameDialog
          title={t("deleted.other_name")}
          name={taken.name}
          isPending={restore.isPending}
          error={restore.error}
          onClose={() => setTaken(null)}
          onSave={(name) => restore.mutate({ id: taken.id, name }, { onSuccess: (made) => done(taken, made.name) })}
        />
      )}
    </>
  );
}
