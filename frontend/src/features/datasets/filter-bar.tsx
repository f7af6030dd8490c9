import { Button } from "@mantine/core";
import { useState } from "react";

import { type FilterWish, type RowFilter } from "@/features/datasets/change-queries.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { FilterDialog } from "@/features/datasets/filter-dialog.tsx";
import classes from "@/features/datasets/rows.module.css";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  filter: RowFilter;
  /** Rows that meet all conditions. */
  total: number;
  onClear: () => void;
}

/** What can be made of the rows that are looked at: a version of them, or one without them. */
export function FilterBar({ filter, total, onClear }: Props) {
  const { t } = useI18n();
  const { version, isWriter, isBusy } = useDatasetWork();
  const [wish, setWish] = useState<FilterWish | null>(null);
  const all = totalRows(version);
  return (
    <div className={classes["filterBar"]}>
      <span className="num" role="status">
        {t("filter.matches", { count: total, all })}
      </span>
      {isWriter && total > 0 && total < all && (
        <>
          <Button size="sm" variant="default" disabled={isBusy} onClick={() => setWish({ keep: filter })}>
            {t("filter.keep")}
          </Button>
          <Button size="sm" variant="default" disabled={isBusy} onClick={() => setWish({ drop: filter })}>
            {t("filter.drop")}
          </Button>
        </>
      )}
      <Button size="sm" variant="subtle" onClick={onClear}>
        {t("filter.clear")}
      </Button>
      {wish !== null && <FilterDialog wish={wish} onMade={onClear} onClose={() => setWish(null)} />}
    </div>
  );
}
