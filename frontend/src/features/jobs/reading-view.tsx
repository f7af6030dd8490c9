import { Switch } from "@mantine/core";
import { useState } from "react";

import { Facts } from "@/components/facts.tsx";
import { Notice } from "@/components/notice.tsx";
import classes from "@/features/jobs/reading-panel.module.css";
import { TokenLine } from "@/features/jobs/token-line.tsx";
import type { ModelReading } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  reading: ModelReading;
}

/** What the model will read: counts of the whole split, then the first rows token by token. */
export function ReadingView({ reading }: Props) {
  const { t, format } = useI18n();
  const [isDetailed, setIsDetailed] = useState(false);
  const { split } = reading;
  const facts = [
    ...(split.trained_share === null ? [] : [{ label: t("tokens.share"), value: format.percent(split.trained_share, 1) }]),
    { label: t("tokens.tokens"), value: format.integer(split.num_tokens) },
    { label: t("tokens.cut_rows"), value: t("tokens.cut_rows_of", { cut: split.num_cut_rows, rows: split.num_rows }) },
    { label: t("tokens.longest"), value: t("tokens.longest_of", { longest: split.longest, limit: reading.max_length }) },
  ];
  return (
    <div className="stack">
      <Facts facts={facts} />
      {split.num_lost_tokens > 0 && <Notice tone="warning">{t("tokens.lost", { count: split.num_lost_tokens })}</Notice>}
      {reading.num_rows_left_out > 0 && <Notice tone="warning">{t("tokens.left_out", { count: reading.num_rows_left_out })}</Notice>}
      {reading.warnings.map((warning) => (
        <Notice key={`${warning.code} ${warning.message}`} tone="info">
          {warning.message}
        </Notice>
      ))}
      <div className={classes["legend"]}>
        {reading.loss_over === "tokens" ? (
          <mark className={classes["token"]} data-kind="trained">
            {t("tokens.trained")}
          </mark>
        ) : (
          <span className="muted">{t("tokens.over_rows")}</span>
        )}
        <span className={classes["token"]} data-kind="context">
          {t("tokens.context")}
        </span>
        <span className={classes["token"]} data-kind="special">
          {t("tokens.special")}
        </span>
        <span className={classes["token"]} data-kind="cut">
          {t("tokens.cut")}
        </span>
      </div>
      <Switch label={t("tokens.details")} checked={isDetailed} onChange={(event) => setIsDetailed(event.currentTarget.checked)} />
      <ol className={classes["list"]}>
        {reading.rows.map((row, place) => (
          <li key={row.row ?? `block ${place}`}>
            <details open={place === 0}>
              <summary>
                {row.row === null ? t("tokens.block", { number: place + 1 }) : t("tokens.row", { number: row.row })}
                {row.target !== null && ` · ${t("tokens.row_target", { target: row.target.length === 0 ? "–" : format.list(row.target) })}`}
              </summary>
              {row.sequences.map((sequence) => (
                <div key={`${sequence.role} ${sequence.number ?? 0}`}>
                  <p className={classes["role"]}>
                    {t(`tokens.role.${sequence.role}`)}
                    {sequence.number !== null && ` ${sequence.number}`}
                    {` · ${t("tokens.length", { count: sequence.ids.length })}`}
                  </p>
                  <TokenLine sequence={sequence} isDetailed={isDetailed} />
                </div>
              ))}
            </details>
          </li>
        ))}
      </ol>
    </div>
  );
}
