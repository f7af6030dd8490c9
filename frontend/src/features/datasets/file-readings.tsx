import { Button } from "@mantine/core";
import { useState } from "react";

import { type Fact, Facts } from "@/components/facts.tsx";
import { FileChoicesForm } from "@/features/datasets/file-choices-form.tsx";
import { choicesFor, DELIMITERS, DIALECTS, fileName, QUOTINGS, sheetsRead } from "@/features/datasets/file-reading.ts";
import type { Dataset, DatasetFile } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  dataset: Dataset;
  canCorrect: boolean;
}

/** What each file was taken for, and a form to say otherwise. */
export function FileReadings({ dataset, canCorrect }: Props) {
  const { t } = useI18n();
  const [open, setOpen] = useState<number | null>(null);
  return (
    <ul className="stack" style={{ listStyle: "none", padding: 0 }} aria-label={t("reading.title")}>
      {dataset.files.map((file) => (
        <li key={file.position} className="stack" style={{ gap: 8 }}>
          <div className="row">
            <strong className="name" title={fileName(file)}>
              {fileName(file)}
            </strong>
            {canCorrect && choicesFor(file.format).length > 0 && open !== file.position && (
              <Button size="xs" variant="subtle" onClick={() => setOpen(file.position)} aria-label={t("reading.correct_file", { name: fileName(file) })}>
                {t("reading.correct")}
              </Button>
            )}
          </div>
          <FileFacts file={file} />
          {canCorrect && open === file.position && <FileChoicesForm datasetId={dataset.id} file={file} sheetsRead={sheetsRead(file, dataset.files)} onClose={() => setOpen(null)} />}
        </li>
      ))}
    </ul>
  );
}

function FileFacts({ file }: { file: DatasetFile }) {
  const { t } = useI18n();
  const { reading } = file;
  const facts: Fact[] = [{ label: t("reading.format"), value: formatName(file, t) }];
  if (file.encoding !== null && reading?.sheet == null) facts.push({ label: t("reading.encoding"), value: file.encoding.toUpperCase() });
  if (reading?.delimiter != null && file.format !== "conll") {
    const known = DELIMITERS.find(({ value }) => value === reading.delimiter);
    facts.push({ label: t("reading.delimiter"), value: known ? t(known.key) : reading.delimiter });
  }
  const quoting = QUOTINGS.find(({ value }) => value === reading?.quoting && value !== "doubled");
  if (quoting !== undefined) facts.push({ label: t("reading.quoting"), value: t(quoting.key) });
  if (reading?.sheet != null) facts.push({ label: t("reading.sheet"), value: reading.sheet });
  if (file.choices.sheet_column !== undefined) facts.push({ label: t("reading.sheet_column"), value: file.choices.sheet_column });
  if (reading?.header_row != null) facts.push({ label: t("reading.header_row"), value: reading.header_row });
  if (reading?.has_header === false) facts.push({ label: t("reading.has_header"), value: t("reading.no_header") });
  if (reading?.records != null) facts.push({ label: t("reading.records"), value: reading.records });
  if (file.format === "conll") facts.push({ label: t("reading.tag_column"), value: reading?.tag_column ?? t("reading.last") });
  if (reading?.layout != null) facts.push({ label: t("reading.layout"), value: t(`reading.layout.${reading.layout}`) });
  if (reading?.dialect != null) facts.push({ label: t("reading.dialect"), value: DIALECTS[reading.dialect] ?? t("reading.dialect_parts") });
  return <Facts facts={facts} />;
}

function formatName(file: DatasetFile, t: ReturnType<typeof useI18n>["t"]): string {
  if (file.format === null) return t("reading.unread");
  const name = file.format === "text" || file.format === "conll" ? t(`reading.format.${file.format}`) : file.format.toUpperCase();
  return file.compression === null ? name : t("reading.packed", { format: name, packing: file.compression });
}
