import classes from "@/components/result-value.module.css";
import type { Summary } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";

interface Props {
  summary: Summary | null;
}

/** The one figure that a job or a model is judged by, and what it is. */
export function ResultValue({ summary }: Props) {
  const i18n = useI18n();
  if (summary === null) return "–";
  const metric = describeMetric(summary.primary, i18n);
  return (
    <span title={metric.label} className={classes["result"]}>
      <span className="small faint">{metric.short}</span> <span className="num">{metric.value(summary.value)}</span>
    </span>
  );
}
