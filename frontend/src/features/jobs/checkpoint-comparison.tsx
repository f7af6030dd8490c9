import { Select } from "@mantine/core";
import { useState } from "react";

import { TableScroll } from "@/components/table-scroll.tsx";
import { metricOfCurve } from "@/features/jobs/chart-groups.ts";
import { figurePairs, type FigurePair, isJudged } from "@/features/jobs/checkpoint-figures.ts";
import { curveTitle } from "@/features/jobs/curve-names.ts";
import type { JobStream } from "@/features/jobs/job-stream.ts";
import classes from "@/features/jobs/job.module.css";
import type { Checkpoint } from "@/lib/api-types.ts";
import { type I18n, useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";

interface Props {
  /** At least two, the newest first. */
  checkpoints: readonly Checkpoint[];
  curves: JobStream["curves"];
}

/** All of the table stands on a phone. */
const MAY_BREAK = { whiteSpace: "normal" } as const;

/** Which of two figures is better, and by how much. */
function differenceText({ curve, first, second }: FigurePair, i18n: I18n): string {
  if (first === null || second === null) return "–";
  const metric = describeMetric(metricOfCurve(curve), i18n);
  const size = metric.difference(Math.abs(first - second), [first, second]);
  // Figures that look alike are told as alike.
  if (metric.value(first, [first, second]) === metric.value(second, [first, second])) return i18n.t("checkpoints.same");
  return i18n.t(first > second === metric.isLowerBetter ? "checkpoints.worse_by" : "checkpoints.better_by", { size });
}

function figureText(curve: string, figure: number | null, other: number | null, i18n: I18n): string {
  if (figure === null) return "–";
  return describeMetric(metricOfCurve(curve), i18n).value(figure, other === null ? [figure] : [figure, other]);
}

/** Two kept checkpoints side by side: the newest beside the best one until somebody chooses. */
export function CheckpointComparison({ checkpoints, curves }: Props) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const [chosen, setChosen] = useState<[string | null, string | null]>([null, null]);
  const byId = new Map(checkpoints.map((checkpoint) => [checkpoint.id, checkpoint]));
  const first = byId.get(chosen[0] ?? "") ?? checkpoints[0];
  const others = checkpoints.filter(({ id }) => id !== first?.id);
  const second = byId.get(chosen[1] ?? "") ?? others.find((checkpoint) => checkpoint.is_best) ?? others[0];
  if (first === undefined || second === undefined) return null;
  const nameOf = ({ step, is_best: isBest }: Checkpoint) => t(isBest ? "checkpoints.step_best" : "checkpoints.step", { step });
  const options = checkpoints.map((checkpoint) => ({ value: checkpoint.id, label: nameOf(checkpoint) }));
  const unjudged = [first, second].filter(({ step }, index, both) => !isJudged(curves, step) && both.findIndex((one) => one.step === step) === index);
  return (
    <div className="stack">
      <div className={classes["controls"]} data-print="never">
        <Select label={t("checkpoints.compare")} size="xs" data={options} value={first.id} allowDeselect={false} onChange={(id) => setChosen([id, second.id])} />
        <Select label={t("checkpoints.compare_with")} size="xs" data={options} value={second.id} allowDeselect={false} onChange={(id) => setChosen([first.id, id])} />
      </div>
      <TableScroll label={t("checkpoints.comparison")}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t("checkpoints.figure")}</th>
              <th scope="col" className="num" style={MAY_BREAK}>
                {nameOf(first)}
              </th>
              <th scope="col" className="num" style={MAY_BREAK}>
                {nameOf(second)}
              </th>
              <th scope="col" className="num">
                {t("checkpoints.difference")}
              </th>
            </tr>
          </thead>
          <tbody>
            {figurePairs(curves, first.step, second.step).map((pair) => (
              <tr key={pair.curve}>
                <th scope="row" style={{ minWidth: 100 }}>{curveTitle(pair.curve, i18n)}</th>
                <td className="num">{figureText(pair.curve, pair.first, pair.second, i18n)}</td>
                <td className="num">{figureText(pair.curve, pair.second, pair.first, i18n)}</td>
                <td className="num" style={MAY_BREAK}>{differenceText(pair, i18n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      <p className="small muted">
        {unjudged.length > 0 && <>{t("checkpoints.unjudged", { steps: format.list(unjudged.map(({ step }) => format.integer(step))) })} </>}
        {t("checkpoints.compare_hint")}
      </p>
    </div>
  );
}
