import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";

import { datasetCalls, type ExportFormat as FormatName } from "@/features/datasets/calls.ts";
import { SPLITS } from "@/features/datasets/version-counts.ts";
import type { DatasetVersion, Split, TaskName } from "@/lib/api-types.ts";
import { hrefOf, send } from "@/lib/call.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { saveContent } from "@/lib/save-content.ts";
import { saveFile } from "@/lib/save-file.ts";
import { showToast } from "@/lib/toasts.ts";

interface ExportFormat {
  name: FormatName;
  title: string;
  suffix: string;
  /** Whose rows it can hold; those of every task where none are named. */
  tasks?: readonly TaskName[];
  /** The tasks whose rows it may have no place for: the server says so, and names the row. */
  mayRefuse?: readonly TaskName[] | "any";
}

/** As the server knows them. */
const FORMATS: readonly ExportFormat[] = [
  { name: "jsonl", title: "JSONL", suffix: "jsonl" },
  { name: "json", title: "JSON", suffix: "json" },
  { name: "csv", title: "CSV", suffix: "csv" },
  { name: "tsv", title: "TSV", suffix: "tsv" },
  { name: "xlsx", title: "Excel (XLSX)", suffix: "xlsx", mayRefuse: "any" },
  { name: "ods", title: "OpenDocument (ODS)", suffix: "ods", mayRefuse: "any" },
  { name: "parquet", title: "Parquet", suffix: "parquet" },
  { name: "openai", title: "OpenAI JSONL", suffix: "jsonl", tasks: ["chat", "preference", "translation", "summarisation", "classification"] },
  { name: "text", title: "TXT", suffix: "txt", tasks: ["causal_lm", "masked_lm"], mayRefuse: ["causal_lm", "masked_lm"] },
  { name: "conll", title: "CoNLL", suffix: "conll", tasks: ["token_classification"], mayRefuse: ["token_classification"] },
  { name: "squad", title: "SQuAD", suffix: "json", tasks: ["question_answering"] },
  { name: "alpaca", title: "Alpaca", suffix: "jsonl", tasks: ["translation", "summarisation", "chat", "preference"], mayRefuse: ["chat", "preference"] },
  { name: "sharegpt", title: "ShareGPT", suffix: "jsonl", tasks: ["chat", "preference"], mayRefuse: ["chat", "preference"] },
];

interface Props {
  version: DatasetVersion;
  /** Found among what can be done on the page: one version is, and not every one of a long list. */
  isOffered: boolean;
}

/** A version to take away: all of it as an archive, or one split as a file. */
export function ExportMenu({ version, isOffered }: Props) {
  const { t } = useI18n();
  // OpenAI's files have no single answers with a verdict.
  const hasVerdicts = version.task === "preference" && version.mapping.completion !== undefined;
  const formats = FORMATS.filter(({ name, tasks }) => tasks === undefined || (tasks.some((task) => task === version.task) && !(name === "openai" && hasVerdicts)));
  const splits = SPLITS.filter((split) => version.num_rows[split] > 0);
  const save = (format: ExportFormat, split?: Split) => {
    const name = split === undefined ? `v${version.number}-${format.name}.zip` : `v${version.number}-${split}.${format.suffix}`;
    const asked = datasetCalls.exportFile(version.id, name, format.name, split);
    const { mayRefuse = [] } = format;
    if (mayRefuse !== "any" && !mayRefuse.some((task) => task === version.task)) {
      saveFile(hrefOf(asked), name);
      return;
    }
    send(asked).then(
      (content) => saveContent(content, name),
      (error: unknown) => showToast(describeError(error, t), "error"),
    );
  };
  usePageActions(
    isOffered
      ? formats.map((format) => ({ id: `export-${format.name}`, label: t("palette.export", { version: `v${version.number}`, format: format.title }), Icon: IconDownload, run: () => save(format) }))
      : [],
  );
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<IconDownload size={14} aria-hidden />} aria-label={t("export.button_of", { version: `v${version.number}` })}>
          {t("export.button")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("export.all")}</Menu.Label>
        {formats.map((format) => (
          <Menu.Item key={format.name} onClick={() => save(format)}>
            {format.title}
          </Menu.Item>
        ))}
        {splits.map((split) => (
          <div key={split}>
            <Menu.Divider />
            <Menu.Label>{t("export.split", { split: t(`split.${split}`) })}</Menu.Label>
            {formats.filter(({ tasks }) => tasks === undefined).map((format) => (
              <Menu.Item key={format.name} onClick={() => save(format, split)}>
                {format.title}
              </Menu.Item>
            ))}
          </div>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
