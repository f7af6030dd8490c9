import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";

import { TableScroll } from "@/components/table-scroll.tsx";
import { type Cell, CellRows } from "@/features/jobs/cell-rows.tsx";
import { ConfusionMap } from "@/features/jobs/confusion-map.tsx";
import classes from "@/features/jobs/confusion-matrix.module.css";
import { confusionsOf, topConfusions } from "@/features/jobs/confusions.ts";
import type { DetailsOf, Mistake } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useAddressChoice } from "@/lib/use-address-choice.ts";

const MAX_AS_TABLE = 15;
const SHOWN_PAIRS = 12;
const DARK_FROM = 0.5;

const MOVES: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

interface Props {
  details: Pick<DetailsOf<"classification">, "labels" | "confusion" | "confusion_cells" | "per_class">;
  /** Held-out rows whose texts were kept: those of a cell are shown when it is chosen. */
  kept: readonly Mistake[];
}

/** Few labels: a table with its numbers. Many: a map, with the most frequent confusions in words beside it. */
export function ConfusionMatrix({ details, kept }: Props) {
  const { t, format } = useI18n();
  const { labels } = details;
  const confusions = useMemo(() => confusionsOf(details), [details]);
  const pairs = topConfusions(confusions, SHOWN_PAIRS);
  const isTable = labels.length <= MAX_AS_TABLE;
  const [address, keep] = useAddressChoice("cell");
  const chosen = cellOf(address, labels.length);
  const setChosen = ({ row, column }: Cell) => keep(`${row}.${column}`);
  // One stop of the Tab key for the whole table; the arrow keys go on from there.
  const [focused, setFocused] = useState<Cell>(chosen ?? { row: 0, column: 0 });
  // Who comes by a link to a cell wants to see its rows.
  const rows = useRef<HTMLDivElement>(null);
  const isLinked = useRef(chosen !== null);
  useEffect(() => {
    if (isLinked.current) rows.current?.scrollIntoView({ block: "center" });
    isLinked.current = false;
  }, []);
  const table = useRef<HTMLTableElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const move = MOVES[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const clamp = (value: number) => Math.max(0, Math.min(labels.length - 1, value));
    const next = { row: clamp(focused.row + move[0]), column: clamp(focused.column + move[1]) };
    setFocused(next);
    table.current?.querySelector<HTMLElement>(`[data-cell="${next.row} ${next.column}"]`)?.focus();
  };
  const matrix = (
    <div className={isTable ? "stack" : classes["both"]}>
      {isTable ? (
        <div>
          <p className={classes["axis"]}>{t("confusion.axis")}</p>
          <TableScroll label={t("confusion.title")}>
            <table ref={table} className={classes["table"]}>
              <caption className="visually-hidden">{t("confusion.caption")}</caption>
              <thead>
                <tr>
                  <td />
                  {labels.map((label) => (
                    <th key={label} scope="col" title={label}>
                      <span>
                        <bdi>{label}</bdi>
                      </span>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {labels.map((truth, row) => (
                  <tr key={truth}>
                    <th scope="row">
                      <span className="name" title={truth}>
                        {truth}
                      </span>
                      {confusions.isUntested(row) && <span className="small faint">{t("classes.not_tested")}</span>}
                    </th>
                    {labels.map((predicted, column) => {
                      const { count, share } = confusions.at(row, column);
                      const words = confusions.isUntested(row) ? t("confusion.cell_untested", { truth }) : t("confusion.cell", { truth, predicted, count, share: format.percent(share) });
                      return (
                        <td key={predicted} className={count === 0 ? classes["zero"] : undefined} style={{ background: heat(row === column, share) }}>
                          <button
                            type="button"
                            className={classes["cell"]}
                            data-cell={`${row} ${column}`}
                            data-print="text"
                            tabIndex={row === focused.row && column === focused.column ? 0 : -1}
                            aria-pressed={chosen?.row === row && chosen.column === column}
                            aria-label={words}
                            title={words}
                            style={{ color: share > DARK_FROM ? "var(--paper)" : undefined }}
                            onKeyDown={onKeyDown}
                            onFocus={() => setFocused({ row, column })}
                            onClick={() => setChosen({ row, column })}
                          >
                            {count === 0 ? "·" : format.integer(count)}
                          </button>
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </TableScroll>
        </div>
      ) : (
        <ConfusionMap labels={labels} confusions={confusions} onChoose={setChosen} />
      )}
      {!isTable && (
        <div>
          <h3 className="small" style={{ marginBottom: 8 }}>
            {t("confusion.top")}
          </h3>
          {pairs.length === 0 ? (
            <p className="muted">{t("confusion.none")}</p>
          ) : (
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("confusion.truth")}</th>
                  <th scope="col">{t("confusion.predicted")}</th>
                  <th scope="col" className="num">
                    {t("confusion.count")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {pairs.map((pair) => (
                  <tr key={`${pair.truth} ${pair.predicted}`}>
                    <td className="wrap">{labels[pair.truth]}</td>
                    <td className="wrap">{labels[pair.predicted]}</td>
                    <td className="num">
                      {format.integer(pair.count)} <span className="faint">({format.percent(pair.share, 0)})</span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </div>
      )}
    </div>
  );
  return (
    <div className="stack">
      {matrix}
      <p className="small muted" data-print="never">
        {t("confusion.cell_hint")} {confusions.isCut && t("confusion.cut", { count: confusions.cells.length })}
      </p>
      {chosen && (
        <div ref={rows}>
          <CellRows truth={labels[chosen.row] ?? ""} predicted={labels[chosen.column] ?? ""} count={confusions.at(chosen.row, chosen.column).count} kept={kept} />
        </div>
      )}
    </div>
  );
}

/** The cell that an address names, `row.column`; null for one that the matrix has not. */
function cellOf(address: string | null, size: number): Cell | null {
  const match = /^(\d{1,4})\.(\d{1,4})$/.exec(address ?? "");
  const cell = { row: Number(match?.[1]), column: Number(match?.[2]) };
  return match && cell.row < size && cell.column < size ? cell : null;
}

/**
 * Right answers in steel, wrong ones in ember; the eye needs a little of it even for one row in a hundred. Light cells carry
 * dark figures and dark cells light ones; the shades between, on which neither would be readable, are left out.
 */
function heat(isRight: boolean, share: number): string {
  if (share === 0) return "var(--heat-0)";
  const percent = share > DARK_FROM ? 85 + (share - DARK_FROM) * 30 : 10 + share * 70;
  return `color-mix(in oklab, var(${isRight ? "--heat-1" : "--wrong-1"}) ${Math.round(percent)}%, var(--heat-0))`;
}
