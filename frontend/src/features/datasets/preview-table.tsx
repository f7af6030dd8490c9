import { Button, Select } from "@mantine/core";
import { useState } from "react";

import { QueryView } from "@/components/query-view.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { PREVIEW_ROWS, usePreview } from "@/features/datasets/dataset-queries.ts";
import classes from "@/features/datasets/dataset.module.css";
import type { Dataset, Split } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SPLITS: readonly Split[] = ["train", "validation", "test"];
const ALL = "";

interface Props {
  dataset: Dataset;
}

/** A list shows its parts apart, so that a space inside of one is told from a space between two. */
function Cell({ value }: { value: unknown }) {
  if (value === null || value === undefined) return "";
  if (!Array.isArray(value)) return typeof value === "string" ? value : JSON.stringify(value);
  return (
    <span className={classes["parts"]}>
      {value.map((part, index) => (
        <span key={index}>
          <bdi>{String(part)}</bdi>
        </span>
      ))}
    </span>
  );
}

/** A window onto the rows: of the version once there is one, before that of the raw file. */
export function PreviewTable({ dataset }: Props) {
  const { t, format } = useI18n();
  const [split, setSplit] = useState<Split | null>(null);
  const [label, setLabel] = useState<string | null>(null);
  const [offset, setOffset] = useState(0);
  const version = dataset.latest_version;
  const preview = usePreview(
    dataset.id,
    { offset, ...(split === null ? {} : { split }), ...(label === null ? {} : { label }) },
    `${dataset.state} ${version?.id ?? ""}`,
  );
  return (
    <div className="stack">
      {version && (
        <div className="row">
          <Select
            aria-label={t("preview.split")}
            data={[{ value: ALL, label: t("preview.all_splits") }, ...SPLITS.map((value) => ({ value, label: t(`split.${value}`) }))]}
            value={split ?? ALL}
            allowDeselect={false}
            w={180}
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
              w={240}
              onChange={(value) => {
                setLabel(value === ALL ? null : value);
                setOffset(0);
              }}
            />
          )}
        </div>
      )}
      <QueryView query={preview} lines={5}>
        {(data) =>
          data.data.length === 0 ? (
            <p className="muted">{t("preview.none")}</p>
          ) : (
            <>
              <TableScroll label={t("preview.title")}>
                <table className="table">
                  <thead>
                    <tr>
                      {data.columns.map((column) => (
                        <th key={column} scope="col" className={column === "row" ? "num" : undefined}>
                          {column === "row" ? t("problems.row") : <bdi>{column}</bdi>}
                        </th>
                      ))}
                      {version && !data.columns.includes("split") && <th scope="col">{t("preview.split")}</th>}
                    </tr>
                  </thead>
                  <tbody>
                    {data.data.map((row, index) => (
                      <tr key={`${offset + index}`}>
                        {data.columns.map((column) => (
                          <td key={column} className={column === "row" ? "num faint" : `wrap ${classes["cell"] ?? ""}`}>
                            <Cell value={row[column]} />
                          </td>
                        ))}
                        {version && !data.columns.includes("split") && (
                          <td className="faint">{SPLITS.some((entry) => entry === row["split"]) ? t(`split.${row["split"] as Split}`) : "–"}</td>
                        )}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </TableScroll>
              <div className="row">
                <span className="small muted num">
                  {t("preview.range", { from: offset + 1, to: offset + data.data.length, count: data.total })}
                </span>
                <Button size="sm" variant="default" disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PREVIEW_ROWS))}>
                  {t("action.previous")}
                </Button>
                <Button
                  size="sm"
                  variant="default"
                  disabled={offset + data.data.length >= data.total}
                  onClick={() => setOffset(offset + PREVIEW_ROWS)}
                  aria-label={`${t("action.next")} (${format.integer(PREVIEW_ROWS)})`}
                >
                  {t("action.next")}
                </Button>
              </div>
            </>
          )
        }
      </QueryView>
    </div>
  );
}
