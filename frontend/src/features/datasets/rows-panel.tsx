import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { Pager } from "@/components/pager.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { AddRowForm } from "@/features/datasets/add-row-form.tsx";
import { ROWS_ON_A_PAGE, useRows } from "@/features/datasets/change-queries.ts";
import { ConditionFields } from "@/features/datasets/condition-fields.tsx";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { EditableRow } from "@/features/datasets/editable-row.tsx";
import { FilterBar } from "@/features/datasets/filter-bar.tsx";
import { RoleHeadings } from "@/features/datasets/role-headings.tsx";
import { addressedConditions, conditionParams, isSought, NO_CONDITIONS, rowFilter, soughtRow, type TypedConditions } from "@/features/datasets/row-conditions.ts";
import classes from "@/features/datasets/rows.module.css";
import { versionName } from "@/features/datasets/version-words.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Row } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isActive } from "@/lib/permissions.ts";

const WAIT_MS = 300;

/** Rows of the latest version: looked for, looked at and changed. */
export function RowsPanel() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const { dataset, version, isWriter, canEdit } = useDatasetWork();
  const [params, setParams] = useSearchParams();
  const sought = soughtRow(params);
  const soughtPage = sought.place === null ? 0 : Math.floor((sought.place - 1) / ROWS_ON_A_PAGE) * ROWS_ON_A_PAGE;
  const [typed, setTyped] = useState(() => (sought.place === null ? addressedConditions(params, version.number) : { ...NO_CONDITIONS, split: sought.split }));
  const [offset, setOffset] = useState(soughtPage);
  const [isPlaceTried, setIsPlaceTried] = useState(sought.place === null || sought.line === null);
  const [shownId, setShownId] = useState(version.id);
  if (shownId !== version.id) {
    // The doctor's findings are those of one version.
    setShownId(version.id);
    setTyped({ ...typed, finding: null });
    setOffset(0);
  }
  const [edited, setEdited] = useState<number | null>(null);
  const [isAdding, setIsAdding] = useState(false);
  const [waited] = useDebouncedValue(typed, WAIT_MS);
  // Choices count at once, what is being typed after a pause.
  const filter = rowFilter({ ...waited, split: typed.split, label: typed.label, finding: typed.finding, row: typed.row });
  const isFiltered = Object.keys(filter).length > 0;
  const look = (conditions: TypedConditions) => {
    setParams({ tab: "rows", ...conditionParams(conditions, version.number) }, { replace: true, preventScrollReset: true });
    setTyped(conditions);
    setOffset(0);
  };
  const rows = useRows(version.id, filter, offset);
  if (!isPlaceTried && rows.data !== undefined) {
    // Where another row has the place by now, the one that is meant is found by its line.
    setIsPlaceTried(true);
    if (!rows.data.data.some((row, index) => isSought(sought, row, offset + index + 1))) {
      setTyped(addressedConditions(params, version.number));
      setOffset(0);
    }
  }
  const isWhole = Object.keys(filter).every((name) => name === "split");
  const addressOf = (row: Row, at: number) => {
    const split = isWhole && filter.split === undefined ? "" : `&split=${row.split}`;
    return `/datasets/${dataset.id}?tab=rows&row=${row.row}${split}${isWhole ? `&place=${at}` : ""}`;
  };
  return (
    <Section
      title={t("rows.title", { version: versionName(version) })}
      hint={t(isWriter ? "rows.hint" : isActive(tenant) ? "rows.hint_viewer" : "org.read_only")}
      actions={
        isWriter ? (
          <div className="row">
            {canEdit && !isAdding && (
              <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setIsAdding(true)}>
                {t("rows.add")}
              </Button>
            )}
            <ButtonLink variant="default" to={`/datasets/${dataset.id}/add-rows`}>
              {t("append.title")}
            </ButtonLink>
            <ButtonLink variant="default" to={`/datasets/${dataset.id}/merge`}>
              {t("merge.title")}
            </ButtonLink>
          </div>
        ) : undefined
      }
    >
      <div className="stack">
        {isAdding && canEdit && <AddRowForm roles={dataset.roles} onClose={() => setIsAdding(false)} />}
        {typed.row !== null && (
          <p className="small" role="status">
            {t("rows.one_row", { row: typed.row })}
          </p>
        )}
        <ConditionFields version={version} typed={typed} onChange={look} />
        <QueryView query={rows} lines={6}>
          {(data) => {
            const roles = dataset.roles.filter(({ role }) => data.roles.includes(role));
            const bar = isFiltered && <FilterBar filter={filter} total={data.total} onClear={() => look(NO_CONDITIONS)} />;
            if (data.data.length === 0) {
              return (
                <div className="stack">
                  {bar}
                  <p className="muted">{t(typed.row === null ? "preview.none" : "rows.row_gone", { version: versionName(version) })}</p>
                </div>
              );
            }
            return (
              <>
                {bar}
                <TableScroll label={t("rows.table")}>
                  <table className={`table ${classes["rows"] ?? ""}`}>
                    <thead>
                      <tr>
                        <th scope="col" className="num">
                          {t("problems.row")}
                        </th>
                        <RoleHeadings roles={roles.map(({ role }) => role)} rows={data.data} />
                        <th scope="col">{t("preview.split")}</th>
                        {isWriter && (
                          <th scope="col">
                            <span className="visually-hidden">{t("field.actions")}</span>
                          </th>
                        )}
                      </tr>
                    </thead>
                    <tbody>
                      {data.data.map((row, index) => (
                        <EditableRow
                          key={row.id}
                          row={row}
                          roles={roles}
                          address={addressOf(row, offset + index + 1)}
                          isSought={isSought(typed.row === null ? sought : { ...sought, place: null }, row, offset + index + 1)}
                          isEdited={edited === row.id}
                          onEdit={(is) => setEdited(is ? row.id : null)}
                        />
                      ))}
                    </tbody>
                  </table>
                </TableScroll>
                <Pager offset={offset} shown={data.data.length} total={data.total} size={ROWS_ON_A_PAGE} onOffset={setOffset} />
              </>
            );
          }}
        </QueryView>
      </div>
    </Section>
  );
}
