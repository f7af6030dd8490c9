import { Autocomplete, Button } from "@mantine/core";
import { useState } from "react";

import { Pager } from "@/components/pager.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { ROWS_ON_A_PAGE, useRowsById } from "@/features/datasets/change-queries.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import classes from "@/features/datasets/map.module.css";
import { pointsDropped, pointsRelabelled } from "@/features/datasets/pending-changes.ts";
import { RowTable } from "@/features/datasets/row-table.tsx";
import type { MapPoint } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";

interface Props {
  points: readonly MapPoint[];
  onClear: () => void;
}

/** What was chosen from the map: as a table, and what can become of it. */
export function MapSelection({ points, onClear }: Props) {
  const { t } = useI18n();
  const { dataset, version, canEdit, pending, setPending } = useDatasetWork();
  const [isShown, setIsShown] = useState(false);
  const [label, setLabel] = useState("");
  const hasLabel = dataset.roles.some(({ role }) => role === "label");
  const done = () => {
    showToast(t("map.pending", { count: points.length }));
    onClear();
  };
  const drop = () => {
    setPending(pointsDropped(pending, points));
    done();
  };
  const relabel = () => {
    setPending(pointsRelabelled(pending, points, label.trim()));
    done();
  };
  return (
    <div className={classes["selection"]}>
      <div className="row">
        <strong className="num" role="status">
          {t("map.chosen", { count: points.length })}
        </strong>
        <Button size="sm" variant="default" aria-expanded={isShown} onClick={() => setIsShown(!isShown)}>
          {t(isShown ? "map.hide_rows" : "map.show_rows")}
        </Button>
        {canEdit && (
          <Button size="sm" variant="danger" onClick={drop}>
            {t("map.drop", { count: points.length })}
          </Button>
        )}
        <Button size="sm" variant="subtle" onClick={onClear}>
          {t("map.clear")}
        </Button>
      </div>
      {canEdit && hasLabel && (
        <div className="row">
          <Autocomplete
            aria-label={t("map.new_label")}
            placeholder={t("map.new_label")}
            data={version.labels.map((entry) => entry.label)}
            value={label}
            maxLength={200}
            w={220}
            onChange={setLabel}
          />
          <Button size="sm" variant="default" disabled={label.trim() === ""} onClick={relabel}>
            {t("map.relabel", { count: points.length })}
          </Button>
        </div>
      )}
      {isShown && <Rows points={points} roles={dataset.roles.map(({ role }) => role)} />}
    </div>
  );
}

function Rows({ points, roles }: { points: readonly MapPoint[]; roles: readonly string[] }) {
  const { t, format } = useI18n();
  const { version } = useDatasetWork();
  const [offset, setOffset] = useState(0);
  const start = offset < points.length ? offset : 0;
  const page = points.slice(start, start + ROWS_ON_A_PAGE);
  const rows = useRowsById(
    version.id,
    page.map(({ id }) => id),
  );
  const difficulty = new Map(page.map((point) => [point.id, point.difficulty]));
  return (
    <QueryView query={rows} lines={4}>
      {({ data }) => (
        <div className="stack">
          <RowTable
            label={t("map.chosen_rows")}
            roles={roles}
            rows={data}
            extra={{
              title: t("map.difficulty"),
              cell: ({ id }) => <span className="num">{difficulty.get(id) == null ? "–" : format.percent(difficulty.get(id) ?? 0, 0)}</span>,
            }}
          />
          <Pager offset={start} shown={page.length} total={points.length} size={ROWS_ON_A_PAGE} onOffset={setOffset} />
        </div>
      )}
    </QueryView>
  );
}
