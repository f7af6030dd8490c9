import classes from "@/components/interval-plot.module.css";
import { niceAxis, shareAxis } from "@/components/nice-axis.ts";
import type { Interval } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Metric } from "@/lib/metrics.ts";

export interface IntervalRow {
  key: string;
  name: string;
  interval: Interval;
  isMain: boolean;
}

interface Props {
  label: string;
  metric: Metric;
  rows: readonly IntervalRow[];
}

/** A dot for the figure, a bar for its 95 % interval, one row per contender, on one scale. */
export function IntervalPlot({ label, metric, rows }: Props) {
  const { format } = useI18n();
  const intervals = rows.map((row) => row.interval);
  const axis = metric.isShare ? shareAxis(intervals) : niceAxis(intervals);
  const tickText = (tick: number) => (metric.isShare ? format.percent(tick, 0) : format.decimal(tick, axis.decimals));
  const at = (value: number) => `${((value - axis.low) / (axis.high - axis.low)) * 100}%`;
  const main = rows.find((row) => row.isMain);
  // As many decimals as the main figure has wherever it stands alone.
  const among = [main?.interval.value ?? axis.high];
  return (
    <div>
      <ul className={classes["plot"]} aria-label={label}>
        {rows.map(({ key, name, interval, isMain }) => (
          <li key={key} className={classes["row"]} data-main={isMain || undefined}>
            <span className={classes["name"]}>{name}</span>
            <span className={classes["lane"]} aria-hidden>
              {main && <span className={classes["guide"]} style={{ insetInlineStart: at(main.interval.value) }} />}
              <span
                className={classes["span"]}
                style={{ insetInlineStart: at(interval.low), width: `${((interval.high - interval.low) / (axis.high - axis.low)) * 100}%` }}
              />
              <span className={classes["dot"]} style={{ insetInlineStart: at(interval.value) }} />
            </span>
            <span className={`num ${classes["value"] ?? ""}`}>
              {metric.value(interval.value, among)} <small>{metric.bounds(interval, among)}</small>
            </span>
          </li>
        ))}
      </ul>
      <div className={classes["axis"]} aria-hidden>
        <span />
        <span className={classes["ticks"]}>
          {axis.ticks.map((tick) => (
            <span key={tick} className="num" style={{ insetInlineStart: at(tick) }}>
              {tickText(tick)}
            </span>
          ))}
        </span>
        <span />
      </div>
    </div>
  );
}
