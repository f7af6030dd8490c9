import { useState } from "react";

import { Pager } from "@/components/pager.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { CellValue } from "@/features/datasets/cell-value.tsx";
import { columnWidth } from "@/features/datasets/column-width.ts";
import { PREVIEW_ROWS, usePreview } from "@/features/datasets/dataset-queries.ts";
import classes from "@/features/datasets/dataset.module.css";
import { taggedCells } from "@/features/datasets/tagged-cells.ts";
import { TaggedText } from "@/features/datasets/tagged-text.tsx";
import type { Dataset } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  dataset: Dataset;
}

/** A window onto the raw file, before there is a version. */
export function PreviewTable({ dataset }: Props) {
  const { t } = useI18n();
  const [offset, setOffset] = useState(0);
  const preview = usePreview(dataset.id, { offset }, dataset.state);
  return (
    <QueryView query={preview} lines={5}>
      {(data) =>
        data.data.length === 0 ? (
          <p className="muted">{t("preview.none")}</p>
        ) : (
          <div className="stack">
            <TableScroll label={t("preview.title")}>
              <table className="table">
                <thead>
                  <tr>
                    {data.columns.map((column) => (
                      <th
                        key={column}
                        scope="col"
                        className={column === "row" ? "num" : undefined}
                        style={column === "row" ? undefined : { minWidth: columnWidth(data.data.map((row) => row[column])) }}
                      >
                        {column === "row" ? t("problems.row") : <bdi>{column}</bdi>}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {data.data.map((row, index) => (
                    <tr key={`${offset + index}`}>
                      {data.columns.map((column) => (
                        <td key={column} className={column === "row" ? "num faint" : `wrap ${classes["previewed"] ?? ""}`}>
                          <PreviewCell row={row} column={column} />
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </TableScroll>
            <Pager offset={offset} shown={data.data.length} total={data.total} size={PREVIEW_ROWS} onOffset={setOffset} />
          </div>
        )
      }
    </QueryView>
  );
}

/** Words that another column tags show their spans; that column stays beside them as it is in the file. */
function PreviewCell({ row, column }: { row: Readonly<Record<string, unknown>>; column: string }) {
  const value = row[column];
  const tagged = Object.entries(row).flatMap(([name, tags]) => (name === column ? [] : (taggedCells(value, tags) ?? [])))[0];
  return tagged ? <TaggedText cells={tagged} /> : <CellValue value={value} />;
}
