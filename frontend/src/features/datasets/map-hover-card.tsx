import { useDebouncedValue } from "@mantine/hooks";

import { cellText } from "@/features/datasets/cell-text.ts";
import { useRowsById } from "@/features/datasets/change-queries.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import type { Place, Size } from "@/features/datasets/map-view.ts";
import classes from "@/features/datasets/map.module.css";
import type { MapPoint } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const WAIT_MS = 120;
const WIDTH = 280;
const GAP = 12;

interface Props {
  point: MapPoint;
  at: Place;
  size: Size;
}

/** The row under the pointer. Whoever cannot point reads the table of what is chosen. */
export function MapHoverCard({ point, at, size }: Props) {
  const { t, format } = useI18n();
  const { dataset, version } = useDatasetWork();
  const [settled] = useDebouncedValue(point.id, WAIT_MS);
  const rows = useRowsById(version.id, [point.id], settled === point.id);
  const row = rows.data?.data[0];
  const texts = dataset.roles.filter(({ kind }) => !["label", "labels", "number", "tags"].includes(kind)).map(({ role }) => cellText(row?.cells[role]));
  const isRight = at.x + WIDTH + GAP > size.width;
  const isLow = at.y > size.height / 2;
  return (
    <div
      className={classes["card"]}
      aria-hidden
      style={{
        ...(isRight ? { insetInlineEnd: Math.max(0, size.width - at.x + GAP) } : { insetInlineStart: at.x + GAP }),
        ...(isLow ? { bottom: size.height - at.y + GAP } : { top: at.y + GAP }),
      }}
    >
      <p className={classes["cardHead"]}>
        {point.label !== null && <bdi className="name">{point.label}</bdi>}
        {point.difficulty !== null && <span className="num muted">{t("map.difficulty_value", { share: format.percent(point.difficulty, 0) })}</span>}
      </p>
      <p className={classes["cardText"]}>{row ? texts.filter((text) => text !== "").join("\n") : t("state.loading")}</p>
      {row && <p className="small faint num">{t("doctor.place", { row: row.row, split: t(`split.${row.split}`) })}</p>}
    </div>
  );
}
