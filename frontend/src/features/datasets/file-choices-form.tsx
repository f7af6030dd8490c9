import { Button, MultiSelect, NumberInput, Select, TextInput } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { useFileChoices } from "@/features/datasets/dataset-queries.ts";
import { choicesFor, type ChoiceName, DELIMITERS, ENCODINGS, isUnnamed, QUOTINGS } from "@/features/datasets/file-reading.ts";
import type { DatasetFile, FileChoices } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  datasetId: string;
  file: DatasetFile;
  /** The sheets of its workbook that are read. */
  sheetsRead: readonly string[];
  onClose: () => void;
}

const OTHER = "other";

type Draft = Partial<Record<ChoiceName, string | null>>;

/** Empty fields leave a thing to what the server finds. */
export function FileChoicesForm({ datasetId, file, sheetsRead, onClose }: Props) {
  const { t } = useI18n();
  const save = useFileChoices(datasetId);
  const names = choicesFor(file.format);
  const [draft, setDraft] = useState<Draft>(() => drafted(file));
  const [sheets, setSheets] = useState([...sheetsRead]);
  const separator = draft.delimiter ?? null;
  const set = (name: ChoiceName, value: string | null) => setDraft({ ...draft, [name]: value });

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (save.isPending) return;
    save.mutate({ position: file.position, body: choicesOf(draft, names, sheets) }, { onSuccess: onClose });
  };
  const options: Partial<Record<ChoiceName, { value: string; label: string }[]>> = {
    encoding: ENCODINGS.map((value) => ({ value, label: value.toUpperCase() })),
    delimiter: [...DELIMITERS.map(({ value, key }) => ({ value, label: t(key) })), { value: OTHER, label: t("reading.other") }],
    quoting: QUOTINGS.map(({ value, key }) => ({ value, label: t(key) })),
    has_header: [
      { value: "true", label: t("reading.with_header") },
      { value: "false", label: t("reading.no_header") },
    ],
    layout: [
      { value: "lines", label: t("reading.layout.lines") },
      { value: "paragraphs", label: t("reading.layout.paragraphs") },
    ],
  };
  return (
    <form className="stack" onSubmit={submit}>
      <div className="row" style={{ alignItems: "flex-end" }}>
        {names.map((name) => {
          const data = options[name];
          const shared = { label: t(`reading.${name}`), placeholder: t("reading.found") };
          if (name === "sheet") {
            const all = file.reading?.sheets ?? [];
            return (
              <div key={name} className="row" style={{ alignItems: "flex-end" }}>
                <MultiSelect label={t("reading.sheets")} placeholder={sheets.length === 0 ? t("reading.found") : undefined} data={all} value={sheets} clearable onChange={setSheets} />
                {all.length > 1 && (
                  <Button variant="subtle" onClick={() => setSheets(all)}>
                    {t("reading.all_sheets")}
                  </Button>
                )}
              </div>
            );
          }
          if (name === "sheet_column") {
            return (
              <TextInput
                key={name}
                label={t("reading.sheet_column")}
                placeholder={t("reading.no_sheet_column")}
                value={draft.sheet_column ?? ""}
                maxLength={200}
                onChange={(event) => set(name, event.currentTarget.value || null)}
              />
            );
          }
          return data === undefined ? (
            <NumberInput
              key={name}
              {...shared}
              value={draft[name] ?? ""}
              min={name === "tag_column" ? 2 : 1}
              allowDecimal={false}
              onChange={(value) => set(name, value === "" ? null : String(value))}
            />
          ) : (
            <Select key={name} {...shared} data={data} value={name === "delimiter" && isUnnamed(separator) ? OTHER : (draft[name] ?? null)} clearable onChange={(value) => set(name, value === OTHER ? "" : value)} />
          );
        })}
        {names.includes("delimiter") && isUnnamed(separator) && (
          <TextInput label={t("reading.character")} value={separator} maxLength={1} required onChange={(event) => set("delimiter", event.currentTarget.value)} />
        )}
      </div>
      <p className="small muted prose">{t("reading.again")}</p>
      <ErrorNotice error={save.error} />
      <div className="row">
        <Button type="submit" loading={save.isPending}>
          {t("reading.save")}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("action.cancel")}
        </Button>
      </div>
    </form>
  );
}

function drafted(file: DatasetFile): Draft {
  return Object.fromEntries(Object.entries(file.choices).map(([name, value]) => [name, String(value)]));
}

function choicesOf(draft: Draft, names: readonly ChoiceName[], sheets: string[]): FileChoices {
  const entries = names.map((name) => [name, name === "sheet" ? (sheets[0] ?? null) : valueOf(name, draft[name] ?? null)]);
  const { sheet, ...others } = Object.fromEntries(entries) as FileChoices;
  return sheets.length > 1 ? { ...others, sheets } : sheet === undefined ? others : { ...others, sheet };
}

function valueOf(name: ChoiceName, value: string | null): string | number | boolean | null {
  if (value === null) return null;
  if (name === "has_header") return value === "true";
  return name === "header_row" || name === "tag_column" ? Number(value) : value;
}
