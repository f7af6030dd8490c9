import { useState } from "react";

import { Pager } from "@/components/pager.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import type { Asked } from "@/features/compare/compare-address.ts";
import { ROWS_SHOWN, useDisagreements } from "@/features/compare/compare-queries.ts";
import classes from "@/features/compare/compare.module.css";
import { DisagreeingRow } from "@/features/compare/disagreeing-row.tsx";
import type { ComparedJob, RowDisagreements } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";

interface Props {
  asked: Asked;
  jobs: readonly ComparedJob[];
}

/** Held-out rows that one job has right and another wrong, to browse. */
export function DisagreeingRows({ asked, jobs }: Props) {
  const { t } = useI18n();
  const [offset, setOffset] = useState(0);
  const rows = useDisagreements(asked, jobs, offset);
  return (
    <Section title={t("compare.rows")} hint={t("compare.rows_hint")}>
      <QueryView query={rows}>{(found) => <Found found={found} jobs={jobs} offset={offset} onOffset={setOffset} />}</QueryView>
    </Section>
  );
}

interface FoundProps {
  found: RowDisagreements;
  jobs: readonly ComparedJob[];
  offset: number;
  onOffset: (offset: number) => void;
}

function Found({ found, jobs, offset, onOffset }: FoundProps) {
  const i18n = useI18n();
  const { t } = i18n;
  if (found.metric === null) return <p className="muted">{t("compare.rows_untold")}</p>;
  if (found.total === 0) return <p className="muted">{t("compare.rows_none")}</p>;
  const metric = describeMetric(found.metric, i18n);
  const left = jobs.length - found.job_ids.length;
  return (
    <div className="stack">
      <p className="small muted">
        {t(`compare.rows_${found.kind}`, { count: found.total, metric: metric.label })} {left > 0 && t("compare.rows_left_out", { count: left })}
      </p>
      <ol className={classes["rows"]} aria-label={t("compare.rows")}>
        {found.data.map((one) => (
          <DisagreeingRow key={one.row.id} disagreement={one} roles={found.roles} jobs={jobs} metric={metric} />
        ))}
      </ol>
      <Pager offset={offset} shown={found.data.length} total={found.total} size={ROWS_SHOWN} onOffset={onOffset} />
    </div>
  );
}
