import { useEffect, useState } from "react";

import { TableScroll } from "@/components/table-scroll.tsx";
import { HeadRows } from "@/features/datasets/head-rows.tsx";
import classes from "@/features/datasets/new-dataset.module.css";
import { type HeadTable, isGuessed, readHead } from "@/features/datasets/read-head.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { MessageKey } from "@/lib/i18n/translate.ts";

const DELIMITER_NAMES = { ",": "preview.comma", "\t": "preview.tab", ";": "preview.semicolon", "|": "preview.bar" } as const satisfies Record<string, MessageKey>;

interface Props {
  file: File;
  isOpen: boolean;
}

/** The first rows of a chosen file, at once and from the browser alone, while the file is still on its way. */
export function HeadPreview({ file, isOpen }: Props) {
  const { t } = useI18n();
  const [table, setTable] = useState<HeadTable | null>(null);
  useEffect(() => {
    let isWanted = true;
    void readHead(file)
      .catch(() => null)
      .then((found) => {
        if (isWanted) setTable(found);
      });
    return () => {
      isWanted = false;
    };
  }, [file]);
  if (table === null || table.rows.length === 0) return null;
  const kind = table.delimiter === null ? t("preview.json_lines") : t(DELIMITER_NAMES[table.delimiter]);
  return (
    <details className={classes["head"]} open={isOpen}>
      <summary className="small">{t("preview.head", { count: table.rows.length })}</summary>
      <p className="small muted">{t(isGuessed(table.encoding) ? "preview.head_guessed" : "preview.head_hint", { kind, encoding: table.encoding.toUpperCase() })}</p>
      <div className={classes["headRows"]}>
        <TableScroll label={t("preview.head_of", { name: file.name })}>
          <HeadRows table={table} />
        </TableScroll>
      </div>
    </details>
  );
}
