import classes from "@/components/count-columns.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export interface CountColumn {
  key: string;
  name: string;
  count: number;
  /** The column in words. */
  spoken: string;
  isMain: boolean;
}

interface Props {
  label: string;
  axis: string;
  columns: readonly CountColumn[];
}

/** How many of each, as columns: to look at, and to be read out one by one. */
export function CountColumns({ label, axis, columns }: Props) {
  const { format } = useI18n();
  const most = Math.max(1, ...columns.map((column) => column.count));
  return (
    <div>
      <ol className={classes["columns"]} aria-label={label}>
        {columns.map(({ key, name, count, spoken, isMain }) => (
          <li key={key} className={classes["column"]} data-main={isMain || undefined} title={spoken}>
            <span className="visually-hidden">{spoken}</span>
            <span className={classes["bar"]} aria-hidden>
              <span className="num">{count > 0 && format.compact(count)}</span>
              {/* The figure above the highest column needs its line. */}
              <span className={classes["fill"]} style={{ height: `calc((100% - 22px) * ${count / most})` }} />
            </span>
            <span className={`num ${classes["name"] ?? ""}`} aria-hidden>
              {name}
            </span>
          </li>
        ))}
      </ol>
      <p className={classes["axis"]} aria-hidden>
        {axis}
      </p>
    </div>
  );
}
