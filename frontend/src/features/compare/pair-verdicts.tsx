import { Chip } from "@/components/chip.tsx";
import { MoreButton } from "@/components/more-button.tsx";
import { Section } from "@/components/section.tsx";
import classes from "@/features/compare/compare.module.css";
import { JobMark } from "@/features/compare/job-mark.tsx";
import type { EffectFigures, JobPair, JobsComparison } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { OUTCOME_TONES } from "@/lib/job-states.ts";
import { describeMetric, isNothing } from "@/lib/metrics.ts";
import { pValueText } from "@/lib/p-value.ts";
import { useFirst } from "@/lib/use-first.ts";

const VERDICTS_AT_ONCE = 8;

interface Props {
  comparison: JobsComparison;
}

/** Every job against the baseline, in sentences, or why it cannot be told. */
export function PairVerdicts({ comparison }: Props) {
  const { t } = useI18n();
  const { jobs, pairs, num_comparisons: count } = comparison;
  const { shown, more } = useFirst(pairs, VERDICTS_AT_ONCE);
  const baseline = jobs.find(({ id }) => id === comparison.baseline_id)?.name ?? "";
  return (
    <Section title={t("compare.verdicts", { baseline })} hint={t(count > 1 ? "compare.verdicts_hint_holm" : "compare.verdicts_hint", { count })}>
      <ul className={classes["verdicts"]}>
        {shown.map((pair) => {
          const place = jobs.findIndex(({ id }) => id === pair.job_id);
          return (
            <li key={pair.job_id}>
              <p className={classes["who"]}>
                <JobMark place={place} name={jobs[place]?.name ?? ""} />
                {pair.figures && <Chip tone={OUTCOME_TONES[pair.figures.outcome]}>{t(`compare.outcome.${pair.figures.outcome}`)}</Chip>}
              </p>
              {pair.figures ? <Told pair={pair} figures={pair.figures} baseline={baseline} count={count} /> : <p className="muted">{pair.message}</p>}
            </li>
          );
        })}
      </ul>
      <MoreButton onMore={more} />
    </Section>
  );
}

interface ToldProps {
  pair: JobPair;
  figures: EffectFigures;
  baseline: string;
  count: number;
}

function Told({ pair, figures, baseline, count }: ToldProps) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const metric = describeMetric(figures.metric, i18n);
  const { value, low, high } = figures.difference;
  const among = [value, low, high];
  return (
    <>
      <p className={classes["verdict"]}>
        {t(`compare.verdict.${isNothing(figures.difference) ? "same" : figures.outcome}`, {
          metric: metric.label,
          after: metric.value(figures.after.value),
          before: metric.value(figures.before.value),
          baseline,
          difference: metric.difference(Math.abs(value), among),
          low: metric.bare(low, among),
          high: metric.difference(high, among),
        })}
      </p>
      <p className="small muted">
        {t(figures.num_rows < figures.num_shared ? "compare.drawn_from" : "compare.compared_on", { count: figures.num_rows, shared: figures.num_shared })}{" "}
        {t(`effect.test.${figures.test}`, { p: pValueText(figures.p_value, format) })}
        {count > 1 && pair.p_corrected !== null && ` ${t("compare.corrected", { p: pValueText(pair.p_corrected, format) })}`}
      </p>
    </>
  );
}
