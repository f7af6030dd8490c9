import { type KeyboardEvent, type MouseEvent, type PointerEvent, useState } from "react";

import type { Cell } from "@/features/jobs/cell-rows.tsx";
import classes from "@/features/jobs/confusion-matrix.module.css";
import type { Confusions } from "@/features/jobs/confusions.ts";
import type { DetailsOf } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Of hundreds of labels a square is drawn larger than its place, so that it can be seen. */
const SMALLEST_SHARE = 1 / 300;

const MOVES: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

interface Props {
  labels: DetailsOf<"classification">["labels"];
  confusions: Confusions;
  onChoose: (cell: Cell) => void;
}

/** Dozens of labels: one small square per pair, read with the pointer or the arrow keys. Only squares that count are drawn. */
export function ConfusionMap({ labels, confusions, onChoose }: Props) {
  const { t, format } = useI18n();
  const [cell, setCell] = useState<Cell | null>(null);
  const size = labels.length;
  const clamp = (value: number) => Math.max(0, Math.min(size - 1, value));
  const onKeyDown = (event: KeyboardEvent) => {
    if (cell && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      onChoose(cell);
    }
    const move = MOVES[event.key];
    if (move === undefined) return;
    event.preventDefault();
    setCell((old) => ({ row: clamp((old?.row ?? 0) + (old ? move[0] : 0)), column: clamp((old?.column ?? 0) + (old ? move[1] : 0)) }));
  };
  const cellUnder = (event: MouseEvent<SVGSVGElement>): Cell => {
    const box = event.currentTarget.getBoundingClientRect();
    return {
      row: clamp(Math.floor(((event.clientY - box.top) / box.height) * size)),
      column: clamp(Math.floor(((event.clientX - box.left) / box.width) * size)),
    };
  };
  const onPointerMove = (event: PointerEvent<SVGSVGElement>) => setCell(cellUnder(event));
  const wordsOf = ({ row, column }: Cell) => {
    const truth = labels[row] ?? "";
    if (confusions.isUntested(row)) return t("confusion.cell_untested", { truth });
    const { count, share } = confusions.at(row, column);
    return t("confusion.cell", { truth, predicted: labels[column] ?? "", count, share: format.percent(share) });
  };
  const side = Math.max(0.88, size * SMALLEST_SHARE);
  return (
    <div>
      <p className={classes["axis"]}>{t("confusion.axis_map")}</p>
      <svg
        className={classes["map"]}
        viewBox={`0 0 ${size} ${size}`}
        role="application"
        aria-roledescription={t("confusion.title")}
        aria-label={t("confusion.map_label", { count: size })}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerMove={onPointerMove}
        onPointerDown={onPointerMove}
        onClick={(event) => onChoose(cellUnder(event))}
      >
        {confusions.cells.map(({ truth, predicted, share }) => (
          <rect
            key={`${truth} ${predicted}`}
            x={predicted + (1 - side) / 2}
            y={truth + (1 - side) / 2}
            width={side}
            height={side}
            fill={truth === predicted ? "var(--heat-1)" : "var(--wrong-1)"}
            opacity={0.25 + 0.75 * share}
          />
        ))}
        {cell && (
          <g fill="none" stroke="var(--ink)" strokeWidth={size / 400}>
            <line x1={0} x2={size} y1={cell.row + 0.5} y2={cell.row + 0.5} opacity={0.35} />
            <line x1={cell.column + 0.5} x2={cell.column + 0.5} y1={0} y2={size} opacity={0.35} />
            <rect x={cell.column} y={cell.row} width={1} height={1} strokeWidth={size / 260} />
          </g>
        )}
      </svg>
      <p className={classes["readout"]} aria-live="polite">
        {cell ? wordsOf(cell) : t("confusion.map_hint")}
      </p>
    </div>
  );
}
