import { MistakesList } from "@/features/jobs/mistakes-list.tsx";
import type { Mistake } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export interface Cell {
  row: number;
  column: number;
}

interface Props {
  truth: string;
  predicted: string;
  /** Rows that the cell counts. */
  count: number;
  /** Every row whose text was kept with the evaluation. */
  kept: readonly Mistake[];
}

/** The held-out rows behind one cell of a confusion matrix, as far as their texts were kept. */
export function CellRows({ truth, predicted, count, kept }: Props) {
  const { t } = useI18n();
  const rows = rowsOfCell(kept, truth, predicted);
  const title = truth === predicted ? t("confusion.rows_right", { truth }) : t("confusion.rows_wrong", { truth, predicted });
  return (
    <section aria-live="polite" aria-label={title}>
      <h3 className="small wrap" style={{ marginBottom: 8 }}>
        {title}
      </h3>
      {count > rows.length && <p className="small muted" style={{ marginBottom: 8 }}>{t("confusion.rows_kept", { kept: rows.length, count })}</p>}
      {count === 0 && <p className="muted">{t("confusion.rows_none")}</p>}
      {rows.length > 0 && <MistakesList key={title} title={title} mistakes={rows} />}
    </section>
  );
}

/** Each row once, the surest first. */
export function rowsOfCell(kept: readonly Mistake[], truth: string, predicted: string): Mistake[] {
  const inside = kept.filter((row) => row.label === truth && row.predicted === predicted);
  return [...new Map(inside.map((row) => [row.row, row])).values()].sort((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0));
}
