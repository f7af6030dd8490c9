import classes from "@/components/interval-plot.module.css";
import { niceTicks } from "@/components/nice-ticks.ts";
import type { Interval } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export interface IntervalRow {
  key: string;
  name: string;
  interval: Interval;
  isMain: boolean;
}

interface Props {
  label: string;
  rows: readonly IntervalRow[];
}

/** A dot for the figure, a bar for its 95 % interval, one row per contender, on one scale. */
export function IntervalPlot({ label, rows }: Props) {
  const { format } = useI18n();
  const ticks = niceTicks(rows.map((row) => row.interval));
  const low = ticks[0] ?? 0;
  const high = ticks.at(-1) ?? 1;
  const at = (value: number) => `${((value - low) / (high - low)) * 100}%`;
  const main = rows.find((row) => row.isMain);
  return (
    <div>
      <ul className={classes["plot"]} aria-label={label}>
        {rows.map((row) => (
          <li key={row.key} className={classes["row"]} data-main={row.isMain || undefined}>
            <span className={classes["name"]}>{row.name}</span>
            <span className={classes["lane"]} aria-hidden>
              {main && <span className={classes["guide"]} style={{ insetInlineStart: at(main.interval.value) }} />}
              <span
                className={classes["span"]}
                style={{ insetInlineStart: at(row.interval.low), width: `${((row.interval.high - row.interval.low) / (high - low)) * 100}%` }}
              />
              <span className={classes["dot"]} style={{ insetInlineStart: at(row.interval.value) }} />
            </span>
            <span className={`num ${classes["value"] ?? ""}`}>
              {format.percent(row.interval.value)}{" "}
              <small>
                {format.decimal(row.interval.low * 100, 1)}–{format.decimal(row.interval.high * 100, 1)}
              </small>
            </span>
          </li>
        ))}
      </ul>
      <div className={classes["axis"]} aria-hidden>
        <span />
        <span className={classes["ticks"]}>
          {ticks.map((tick) => (
            <span key={tick} className="num" style={{ insetInlineStart: at(tick) }}>
              {format.percent(tick, 0)}
            </span>
          ))}
        </span>
        <span />
      </div>
    </div>
  );
}
