import classes from "@/features/datasets/dataset.module.css";
import { SPLITS } from "@/features/datasets/version-counts.ts";
import type { LabelCount, Split } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";


interface Props {
  title: string;
  counts: readonly LabelCount[];
  /** In their own order, as ranges of numbers are; otherwise the largest comes first. */
  isOrdered?: boolean;
}

/** How many there are of each, by split. */
export function LabelDistribution({ title, counts, isOrdered = false }: Props) {
  const { t, format } = useI18n();
  const rows = counts.map((entry) => ({ ...entry, total: entry.train + entry.validation + entry.test }));
  if (!isOrdered) rows.sort((a, b) => b.total - a.total);
  const total = (split: Split) => counts.reduce((sum, entry) => sum + entry[split], 0);
  const largest = Math.max(1, ...rows.map((row) => row.total));
  return (
    <>
      <div className={classes["legend"]} aria-hidden>
        {SPLITS.map((split) => (
          <span key={split}>
            <span className={`${classes["swatch"] ?? ""} ${classes[split] ?? ""}`} />
            {t(`split.${split}`)} {format.integer(total(split))}
          </span>
        ))}
      </div>
      {/* A scrolling region must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul className={classes["labels"]} style={{ listStyle: "none", paddingInlineStart: 0 }} aria-label={title} tabIndex={0}>
        {rows.map((row) => (
          <li
            key={row.label}
            className={classes["labelRow"]}
            aria-label={t("dataset.label_row", { label: row.label, train: row.train, validation: row.validation, test: row.test })}
          >
            <span className="name" title={row.label}>
              {row.label}
            </span>
            <span className={classes["bar"]} style={{ width: `${(row.total / largest) * 100}%` }} aria-hidden>
              {SPLITS.filter((split) => row[split] > 0).map((split) => (
                <span key={split} className={classes[split]} style={{ flexGrow: row[split] }} />
              ))}
            </span>
            <span className="num muted">{format.integer(row.total)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
