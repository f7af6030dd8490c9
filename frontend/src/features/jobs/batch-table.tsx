import { Link } from "react-router";

import { RowCheckbox } from "@/components/row-checkbox.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { type BatchRow, type Total, totalOf } from "@/features/jobs/batch-form.ts";
import classes from "@/features/jobs/launch.module.css";
import type { Estimated } from "@/features/jobs/use-estimate.ts";
import { type Outcome, outcomeKey, type Outcomes } from "@/features/jobs/use-launch-batch.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  rows: readonly BatchRow[];
  /** Of each row. */
  estimates: readonly Estimated[];
  chosen: ReadonlySet<string>;
  outcomes: Outcomes;
  isPending: boolean;
  onToggle: (key: string, isOn: boolean) => void;
}

/** Whether a row can be launched, as far as is known. */
export function isPossible(row: BatchRow, estimated: Estimated | undefined): boolean {
  return row.body !== null && (estimated?.refusal == null || estimated.refusal.isTemporary);
}

export function outcomeOf(row: BatchRow, outcomes: Outcomes): Outcome | null {
  return row.body === null ? null : (outcomes.get(outcomeKey(row.body)) ?? null);
}

/** A row for each job, with what it takes; what all that are chosen take together stands at the foot. */
export function BatchTable({ rows, estimates, chosen, outcomes, isPending, onToggle }: Props) {
  const { t, format } = useI18n();
  const known = rows.map((row, index) => ({ row, estimated: estimates[index] }));
  const together = known.filter(({ row }) => chosen.has(row.key)).map(({ estimated }) => estimated?.data ?? null);
  const seconds = totalOf(together.map((data) => data?.seconds));
  const currency = estimates.find(({ data }) => data?.price != null)?.data?.currency ?? null;
  const price = currency === null ? null : totalOf(together.map((data) => data?.price));
  const range = ({ low, high }: Total, words: (value: number) => string) => t("estimate.range", { low: words(low), high: words(high) });
  const takes = (time: Total | null | undefined, money: Total | null | undefined) => (
    <td className={`num ${classes["takes"] ?? ""}`}>
      {time == null ? "–" : range(time, format.roughly)}
      {currency !== null && money != null && <span>{range(money, (value) => format.money(value, currency))}</span>}
    </td>
  );
  return (
    <TableScroll label={t("batch.table")}>
      <table className={`table ${classes["rows"] ?? ""}`}>
        <caption className="visually-hidden">{t("batch.table")}</caption>
        <thead>
          <tr>
            <th scope="col" className={classes["choice"]}>
              <span className="visually-hidden">{t("batch.launch_column")}</span>
            </th>
            <th scope="col">{t("job.name")}</th>
            <th scope="col" className="num">
              {t(currency === null ? "batch.time" : "batch.time_and_price")}
            </th>
          </tr>
        </thead>
        <tbody>
          {known.map(({ row, estimated }) => {
            const outcome = outcomeOf(row, outcomes);
            const canChoose = isPossible(row, estimated) && !isPending && outcome?.state !== "made";
            return (
              <tr key={row.key}>
                <td className={classes["choice"]}>
                  {canChoose && <RowCheckbox label={t("batch.choose", { name: row.title })} isChecked={chosen.has(row.key)} onToggle={() => onToggle(row.key, !chosen.has(row.key))} />}
                </td>
                <th scope="row">
                  {row.title}
                  <RowState row={row} estimated={estimated} outcome={outcome} />
                </th>
                {takes(estimated?.data?.seconds, estimated?.data?.price)}
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <td />
            <th scope="row">{t("batch.together", { count: chosen.size })}</th>
            {takes(seconds, price)}
          </tr>
        </tfoot>
      </table>
    </TableScroll>
  );
}

function RowState({ row, estimated, outcome }: { row: BatchRow; estimated: Estimated | undefined; outcome: Outcome | null }) {
  const { t } = useI18n();
  if (outcome?.state === "made") {
    return (
      <span className={classes["state"]}>
        {t("batch.made")} <Link to={`/jobs/${outcome.job.id}`}>{t("batch.see")}</Link>
      </span>
    );
  }
  if (outcome?.state === "asked") return <span className={classes["state"]}>{t("batch.asked")}</span>;
  const trouble = outcome?.state === "refused" ? t("batch.not_made", { reason: describeError(outcome.error, t) }) : row.body === null ? t("batch.impossible") : estimated?.refusal?.isTemporary === false ? estimated.refusal.message : null;
  return trouble === null ? null : (
    <span className={classes["state"]} data-tone="bad">
      {trouble}
    </span>
  );
}
