import { Button } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";

import { IntervalPlot } from "@/components/interval-plot.tsx";
import { JobStateChip } from "@/components/job-state-chip.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import classes from "@/features/datasets/effect.module.css";
import { useFindingEffect } from "@/features/datasets/effect-queries.ts";
import { MeasureDialog } from "@/features/datasets/measure-dialog.tsx";
import type { EffectFigures, EffectSide, FindingEffect as Effect } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric, isNothing } from "@/lib/metrics.ts";
import { pValueText } from "@/lib/p-value.ts";

interface Props {
  findingId: string;
}

/** What the fix of a finding brought after retraining, or the way to find out. */
export function FindingEffect({ findingId }: Props) {
  const effect = useFindingEffect(findingId);
  return (
    <QueryView query={effect} lines={2}>
      {(data) => (
        <div className={classes["effect"]}>
          <Told effect={data} findingId={findingId} />
        </div>
      )}
    </QueryView>
  );
}

function Told({ effect, findingId }: { effect: Effect; findingId: string }) {
  const { t } = useI18n();
  if (effect.figures !== null) return <Measured figures={effect.figures} sides={effect.sides} />;
  if (effect.state === "missing") return <NotMeasured effect={effect} findingId={findingId} />;
  if (effect.state === "under_way") {
    return (
      <div role="status">
        <p>{t("effect.under_way")}</p>
        <Jobs sides={effect.sides} />
      </div>
    );
  }
  return <p className="muted">{t(effect.reason === "task" ? "effect.no_task" : "effect.few_rows")}</p>;
}

function Measured({ figures, sides }: { figures: EffectFigures; sides: readonly EffectSide[] }) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const metric = describeMetric(figures.metric, i18n);
  const { low, high, value } = figures.difference;
  const rows = sides.map(({ side, version_number: number }) => ({
    key: side,
    name: t(`effect.side.${side}`, { version: `v${number}` }),
    interval: figures[side],
    isMain: side === "after",
  }));
  return (
    <>
      <p className={classes["sentence"]} data-outcome={figures.outcome}>
        {t(`effect.${isNothing(figures.difference) ? "same" : figures.outcome}`, {
          metric: metric.label,
          before: metric.value(figures.before.value),
          after: metric.value(figures.after.value),
          difference: metric.difference(Math.abs(value)),
          low: metric.bare(low),
          high: metric.difference(high),
        })}
      </p>
      <IntervalPlot label={t("effect.plot", { metric: metric.label })} metric={metric} rows={rows} />
      <p className="small muted">
        {t(figures.num_rows < figures.num_shared ? "effect.drawn_from" : "effect.compared_on", { count: figures.num_rows, shared: figures.num_shared })}{" "}
        {t(`effect.test.${figures.test}`, { p: pValueText(figures.p_value, format) })}
      </p>
      <Jobs sides={sides} />
    </>
  );
}

function Jobs({ sides }: { sides: readonly EffectSide[] }) {
  const { t } = useI18n();
  return (
    <ul className={classes["jobs"]} aria-label={t("effect.jobs")}>
      {sides.map(({ side, job }) =>
        job ? (
          <li key={side}>
            <Link to={`/jobs/${job.id}`}>{job.name}</Link>
            <JobStateChip job={{ state: job.state, desired: "run" }} />
          </li>
        ) : null,
      )}
    </ul>
  );
}

function NotMeasured({ effect, findingId }: { effect: Effect; findingId: string }) {
  const { t } = useI18n();
  const { isWriter } = useDatasetWork();
  const [isAsked, setIsAsked] = useState(false);
  return (
    <>
      <p className="muted">{t("effect.missing")}</p>
      {isWriter && (
        <div>
          <Button size="sm" variant="default" onClick={() => setIsAsked(true)}>
            {t("effect.measure")}
          </Button>
        </div>
      )}
      {isAsked && <MeasureDialog effect={effect} findingId={findingId} onClose={() => setIsAsked(false)} />}
    </>
  );
}
