import { Button, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useState } from "react";

import { Pager } from "@/components/pager.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { AddRowForm } from "@/features/datasets/add-row-form.tsx";
import { type RowFilter, ROWS_ON_A_PAGE, useRows } from "@/features/datasets/change-queries.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { EditableRow } from "@/features/datasets/editable-row.tsx";
import classes from "@/features/datasets/rows.module.css";
import { versionName } from "@/features/datasets/version-words.ts";
import type { Split } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle } from "@/lib/tasks.ts";

const SPLITS: readonly Split[] = ["train", "validation", "test"];
const ALL = "";
const WAIT_MS = 300;

/** Rows of the latest version: looked for, looked at and changed. */
export function RowsPanel() {
  const { t } = useI18n();
  const { dataset, version, isWriter, canEdit } = useDatasetWork();
  const [split, setSplit] = useState<Split | null>(null);
  const [label, setLabel] = useState<string | null>(null);
  const [text, setText] = useState("");
  const [offset, setOffset] = useState(0);
  const [edited, setEdited] = useState<number | null>(null);
  const [isAdding, setIsAdding] = useState(false);
  const [contains] = useDebouncedValue(text.trim(), WAIT_MS);
  const filter: RowFilter = {
    ...(split === null ? {} : { split }),
    ...(label === null ? {} : { label }),
    ...(contains === "" ? {} : { contains }),
  };
  const rows = useRows(version.id, filter, offset);
  return (
    <Section
      title={t("rows.title", { version: versionName(version) })}
      hint={t(isWriter ? "rows.hint" : "rows.hint_viewer")}
      actions={
        canEdit && !isAdding ? (
          <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setIsAdding(true)}>
            {t("rows.add")}
          </Button>
        ) : undefined
      }
    >
      <div className="stack">
        {isAdding && canEdit && <AddRowForm roles={dataset.roles} onClose={() => setIsAdding(false)} />}
        <div className="row" role="search">
          <TextInput
            aria-label={t("rows.search")}
            placeholder={t("rows.search")}
            leftSection={<IconSearch size={15} aria-hidden />}
            value={text}
            maxLength={200}
            style={{ flex: "1 1 200px", maxWidth: 360 }}
            onChange={(event) => {
              setText(event.currentTarget.value);
              setOffset(0);
            }}
          />
          <Select
            aria-label={t("preview.split")}
            data={[{ value: ALL, label: t("preview.all_splits") }, ...SPLITS.map((value) => ({ value, label: t(`split.${value}`) }))]}
            value={split ?? ALL}
            allowDeselect={false}
            w={160}
            onChange={(value) => {
              setSplit(SPLITS.find((entry) => entry === value) ?? null);
              setOffset(0);
            }}
          />
          {version.labels.length > 0 && (
            <Select
              aria-label={t("preview.label")}
              data={[{ value: ALL, label: t("preview.all_labels") }, ...version.labels.map((entry) => ({ value: entry.label, label: entry.label }))]}
              value={label ?? ALL}
              allowDeselect={false}
              searchable
              w={220}
              onChange={(value) => {
                setLabel(value === ALL ? null : value);
                setOffset(0);
              }}
            />
          )}
        </div>
        <QueryView query={rows} lines={6}>
          {(data) => {
            const roles = dataset.roles.filter(({ role }) => data.roles.includes(role));
            if (data.data.length === 0) return <p className="muted">{t("preview.none")}</p>;
            return (
              <>
                <TableScroll label={t("rows.table")}>
                  <table className={`table ${classes["rows"] ?? ""}`}>
                    <thead>
                      <tr>
                        <th scope="col" className="num">
                          {t("problems.row")}
                        </th>
                        {roles.map(({ role }) => (
                          <th key={role} scope="col">
                            {partTitle(role, t)}
                          </th>
                        ))}
                        <th scope="col">{t("preview.split")}</th>
                        {isWriter && (
                          <th scope="col">
                            <span className="visually-hidden">{t("field.actions")}</span>
                          </th>
                        )}
                      </tr>
                    </thead>
                    <tbody>
                      {data.data.map((row) => (
                        <EditableRow key={row.id} row={row} roles={roles} isEdited={edited === row.id} onEdit={(is) => setEdited(is ? row.id : null)} />
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
