import { Link } from "react-router";

import { useRowPlace } from "@/features/jobs/row-place.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  row: number;
}

/** The number of a row, which leads to the row in its dataset, to be corrected there. */
export function RowLink({ row }: Props) {
  const { t } = useI18n();
  const place = useRowPlace();
  const name = t("mistakes.row", { row });
  if (place === null || place.isDeleted) return <span className="num faint">{name}</span>;
  return (
    <Link className="num" to={`/datasets/${place.datasetId}?tab=rows&row=${row}&split=${place.split}`} aria-label={t("result.open_row", { row })}>
      {name}
    </Link>
  );
}

/** Said once for all rows. */
export function RowsGone() {
  const { t } = useI18n();
  return useRowPlace()?.isDeleted === true ? <p className="small muted">{t("result.rows_gone")}</p> : null;
}
