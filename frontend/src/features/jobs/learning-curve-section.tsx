import { CurvePlot, type CurvePlotPoint } from "@/components/curve-plot.tsx";
import { Section } from "@/components/section.tsx";
import type { LearningCurve, NoLearningCurve } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { describeMetric, type Metric } from "@/lib/metrics.ts";

interface Props {
  curve: LearningCurve;
}

/** What more rows would probably bring. The figures are not the tuned model's, which the words say. */
export function LearningCurveSection({ curve }: Props) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const metric = describeMetric(curve.metric, i18n);
  const last = curve.points.at(-1);
  if (!last) return null;
  const { reached } = curve;
  const from = { count: last.num_rows + (reached?.num_more ?? 0), value: last.value + (reached?.gain ?? 0) };
  const forecast = curve.forecasts[Math.floor(curve.forecasts.length / 2)];
  const sentence = forecast ? forecastInWords(forecast, metric, t) : t("growth.no_forecast");
  const points: CurvePlotPoint[] = [
    ...curve.points.map(({ num_rows: x, ...range }) => ({ x, ...range, isForecast: false })),
    ...curve.forecasts.map(({ num_more: more, gain, low, high }) => ({
      x: from.count + more,
      value: from.value + gain,
      low: from.value + low,
      high: from.value + high,
      isForecast: true,
    })),
  ].map((point) => ({
    ...point,
    title: t(point.isForecast ? "growth.point_forecast" : "growth.point", {
      count: point.x,
      value: metric.value(point.value),
      range: metric.bounds(point),
    }),
  }));
  return (
    <Section title={t("growth.title")} hint={t("growth.hint")}>
      <div className="stack">
        <p>{sentence}</p>
        {reached && <p className="muted">{t("growth.reached", { count: from.count, measured: format.integer(last.num_rows) })}</p>}
        <CurvePlot
          label={`${t("growth.label", { metric: metric.label, from: format.integer(curve.points[0]?.num_rows ?? 0), to: format.integer(last.num_rows) })} ${sentence}`}
          xLabel={t("growth.rows")}
          yLabel={metric.label}
          points={points}
          isShare={metric.isShare}
        />
      </div>
    </Section>
  );
}

/** Why nothing can be said about more rows. */
export function NoLearningCurveSection({ reason }: { reason: NoLearningCurve }) {
  const { t } = useI18n();
  return (
    <Section title={t("growth.title")}>
      <p>{t(`growth.none.${reason}`)}</p>
    </Section>
  );
}

/** A gain of which nothing is left when it is written has no size to be told. */
function forecastInWords({ num_more: count, gain, low, high }: LearningCurve["forecasts"][number], metric: Metric, t: Translate): string {
  const among = [gain, low, high];
  const written = { gain: metric.difference(gain, among), low: metric.bare(low, among), high: metric.bare(high, among) };
  const nothing = metric.bare(0, among);
  if (among.every((figure) => metric.bare(figure, among) === nothing)) return t("growth.forecast_nothing", { count });
  return t("growth.forecast", { count, ...written });
}
