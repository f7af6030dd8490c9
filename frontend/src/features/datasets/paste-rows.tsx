import { Button, Textarea, TextInput } from "@mantine/core";
import { useDeferredValue, useMemo, useState } from "react";

import { TableScroll } from "@/components/table-scroll.tsx";
import { HeadRows } from "@/features/datasets/head-rows.tsx";
import classes from "@/features/datasets/new-dataset.module.css";
import { pastedFile, pastedTable } from "@/features/datasets/pasted-rows.ts";
import { type PickedFile, plainFiles } from "@/features/datasets/picked-files.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SHOWN_ROWS = 5;

interface Props {
  onFiles: (files: readonly PickedFile[]) => void;
}

/** Rows copied from a spreadsheet or an editor become a file like any other. */
export function PasteRows({ onFiles }: Props) {
  const { t } = useI18n();
  const [text, setText] = useState("");
  const [name, setName] = useState("");
  const judged = useDeferredValue(text);
  const table = useMemo(() => pastedTable(judged), [judged]);
  const isUnreadable = judged.trim() !== "" && table === null;
  const add = () => {
    if (table === null) return;
    onFiles(plainFiles([pastedFile(text, table, name.trim() || t("paste.default_name"))]));
    setText("");
    setName("");
  };
  return (
    <div className="stack">
      <Textarea
        label={t("paste.rows")}
        description={t("paste.hint")}
        value={text}
        rows={8}
        resize="vertical"
        spellCheck={false}
        classNames={{ input: classes["pasted"] ?? "" }}
        error={isUnreadable ? t("paste.unreadable") : undefined}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <p className="small muted" role="status">
        {table !== null && t("paste.counted", { count: table.numRows, columns: table.columns.length })}
      </p>
      {table !== null && table.rows.length > 0 && (
        <TableScroll label={t("paste.preview")}>
          <HeadRows table={{ ...table, rows: table.rows.slice(0, SHOWN_ROWS) }} />
        </TableScroll>
      )}
      <div className="row">
        <TextInput
          aria-label={t("paste.name")}
          placeholder={t("paste.default_name")}
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button variant="default" disabled={table === null || table.numRows === 0} onClick={add}>
          {t("paste.add")}
        </Button>
      </div>
    </div>
  );
}
