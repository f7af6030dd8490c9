import { ScoreBars } from "@/components/score-bars.tsx";
import classes from "@/features/models/model.module.css";
import { markedText } from "@/features/models/marked-text.ts";
import type { Prediction, PredictionOf } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  prediction: Prediction;
  /** What was asked, for answers that point into it. */
  text: string;
}

/** What a model says, in the way of its task. */
export function PredictionView({ prediction, text }: Props) {
  const { t, format } = useI18n();
  switch (prediction.kind) {
    case "labels":
      return <ScoreBars label={t("try.answer")} scores={prediction.labels} />;
    case "label_set":
      return <LabelSet prediction={prediction} />;
    case "number":
      return (
        <p className={classes["number"]} aria-label={t("try.number")}>
          {format.significant(prediction.value)}
        </p>
      );
    case "spans":
      return <Spans prediction={prediction} text={text} />;
  }
}

function LabelSet({ prediction }: { prediction: PredictionOf<"label_set"> }) {
  const { t, format } = useI18n();
  const given = prediction.labels.filter((entry) => entry.is_given);
  return (
    <>
      {given.length === 0 ? (
        <p>{t("try.no_label")}</p>
      ) : (
        <ul className={classes["labels"]} aria-label={t("try.given")}>
          {given.map((entry) => (
            <li key={entry.label} className="wrap">
              {entry.label}
            </li>
          ))}
        </ul>
      )}
      <ScoreBars label={t("try.all_labels")} scores={prediction.labels} />
      <p className="small faint">{t("try.threshold", { threshold: format.percent(prediction.threshold) })}</p>
    </>
  );
}

function Spans({ prediction, text }: { prediction: PredictionOf<"spans">; text: string }) {
  const { t, format } = useI18n();
  if (prediction.spans.length === 0) return <p>{t("try.no_span")}</p>;
  return (
    <p className={classes["marked"]} dir="auto" role="group" aria-label={t("try.spans")}>
      {markedText(text, prediction.spans).map((part, index) =>
        part.span === null ? (
          <span key={index}>{part.text}</span>
        ) : (
          <mark key={index} className={classes["span"]} title={format.percent(part.span.score)}>
            {part.text}
            <span className={classes["type"]}>{part.span.type}</span>
          </mark>
        ),
      )}
    </p>
  );
}
