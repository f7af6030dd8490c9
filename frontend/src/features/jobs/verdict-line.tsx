import { Chip } from "@/components/chip.tsx";
import classes from "@/features/jobs/job.module.css";
import type { Evaluation, Verdict } from "@/lib/api-types.ts";
import { contenderInText } from "@/lib/contenders.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Params, Translate } from "@/lib/i18n/translate.ts";
import { OUTCOME_TONES } from "@/lib/job-states.ts";
import { describeMetric, isNothing, type Metric } from "@/lib/metrics.ts";
import { pValueText } from "@/lib/p-value.ts";

/** `MIN_ROWS` of workers/bootstrap.py. */
const ROWS_FOR_AN_INTERVAL = 10;

interface Props {
  evaluation: Evaluation;
}

/** Did it help? In words that would stand up in front of a statistician, and that anybody can read. */
export function VerdictLine({ evaluation }: Props) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const { verdict } = evaluation;
  const metric = describeMetric(evaluation.primary, i18n);
  const tuned = evaluation.contenders.find((contender) => contender.name === "tuned")?.metrics[evaluation.primary];
  const params = {
    metric: metric.label,
    value: tuned ? metric.value(tuned.value) : "–",
    direction: metric.isLowerBetter ? t("verdict.lower_is_better") : "",
    rows: evaluation.num_rows,
    split: t(`split.in_text.${evaluation.split}`),
    against: contenderInText(evaluation, verdict.against, t),
    ...differenceInWords(verdict, metric, t),
  };
  return (
    <div>
      <div className={classes["verdictMark"]}>
        <Chip tone={OUTCOME_TONES[verdict.outcome]}>{t(`verdict.${verdict.outcome}`)}</Chip>
      </div>
      <p className={classes["verdict"]}>{t(`verdict.${wordingOf(verdict)}_text`, params)}</p>
      <p className="small muted" style={{ marginTop: 8 }}>
        {t(`verdict.test_${verdict.test}`, { p: `p ${pValueText(verdict.p_value, format)}` })}
        {evaluation.split === "validation" && ` ${t("verdict.also_chose")}`}
        {evaluation.num_rows < ROWS_FOR_AN_INTERVAL && ` ${t("verdict.few_rows", { count: evaluation.num_rows })}`}
      </p>
    </div>
  );
}

/** An interval without a width, as few rows give it, is no certainty, and is said in words of its own. */
function wordingOf({ outcome, difference }: Verdict) {
  if (outcome === "no_difference") return isNothing(difference) ? "same" : outcome;
  return difference.low === difference.high ? (`${outcome}_on_all` as const) : outcome;
}

/**
 * The verdict's difference is positive where the tuned model is better, in errors too. Said is what the metric itself does
 * ("0.08 lower"), and what its interval means: a gain, a loss, or anything between worse and better.
 */
function differenceInWords({ outcome, difference }: Verdict, metric: Metric, t: Translate): Params {
  const { value, low, high } = difference;
  const among = [value, low, high];
  const isRaised = value >= 0 !== metric.isLowerBetter;
  const words = { difference: t(isRaised ? "difference.higher" : "difference.lower", { amount: metric.difference(Math.abs(value), among) }) };
  const sided = (end: number) => t(end < 0 ? "difference.worse" : "difference.better", { amount: metric.difference(Math.abs(end), among) });
  if (outcome === "better") return { ...words, low: metric.bare(low, among), high: metric.difference(high, among) };
  if (outcome === "worse") return { ...words, low: metric.bare(-high, among), high: metric.difference(-low, among) };
  return { ...words, low: sided(low), high: sided(high) };
}
