import type { ReactNode } from "react";

import { FoldText } from "@/components/fold-text.tsx";
import { ScoreBars } from "@/components/score-bars.tsx";
import classes from "@/features/models/model.module.css";
import { excerpt, markedText } from "@/lib/marked-text.ts";
import { RankedList } from "@/features/models/ranked-list.tsx";
import type { Prediction, PredictionOf, Question } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  prediction: Prediction;
  /** What was asked, for answers that point into it. */
  asked: Question;
  /** A written answer with marks in it. */
  marked?: ReactNode;
}

/** What a model says, in the way of its task. */
export function PredictionView({ prediction, asked, marked }: Props) {
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
      return <Spans prediction={prediction} text={textOf(asked["text"])} />;
    case "answer":
      return <Answer prediction={prediction} context={textOf(asked["context"])} />;
    case "vector":
      return <Vector prediction={prediction} />;
    case "ranking":
      return <RankedList prediction={prediction} candidates={textsOf(asked["candidates"])} />;
    case "hidden_words":
      return <HiddenWords prediction={prediction} />;
    case "text":
      return <Written prediction={prediction} marked={marked} />;
  }
}

function textOf(value: Question[string] | undefined): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: Question[string] | undefined): readonly string[] {
  return Array.isArray(value) ? value.map((part) => (typeof part === "string" ? part : part.content)) : [];
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

/** The best passage in its place, also where the model thinks that there rather is no answer. */
function Answer({ prediction, context }: { prediction: PredictionOf<"answer">; context: string }) {
  const { t, format } = useI18n();
  const { passage, is_answer: isAnswer, num_windows: count } = prediction;
  if (passage === null) return <p>{t("try.no_passage")}</p>;
  const shown = excerpt(context, passage);
  return (
    <>
      {isAnswer ? (
        <p className={classes["passage"]} dir="auto" aria-label={t("try.passage")} role="group">
          {passage.text}
        </p>
      ) : (
        <p>{t("try.no_answer")}</p>
      )}
      <p className={classes["marked"]} dir="auto" role="group" aria-label={t("try.context")}>
        {markedText(shown.text, [shown]).map((part, index) =>
          part.span === null ? (
            <span key={index}>{part.text}</span>
          ) : (
            <mark key={index} className={classes["span"]} data-weak={!isAnswer || undefined}>
              {part.text}
            </mark>
          ),
        )}
      </p>
      <p className="small faint num">
        {t("try.passage_score", { score: format.percent(passage.score) })}
        {count > 1 && ` ${t("try.windows", { count })}`}
      </p>
    </>
  );
}

const DECIMALS = 4;

function Vector({ prediction: { vector } }: { prediction: PredictionOf<"vector"> }) {
  const { t } = useI18n();
  return (
    <>
      <p>{t("try.vector", { count: vector.length })}</p>
      <div className={classes["vector"]} role="group" aria-label={t("try.vector_numbers")}>
        <FoldText text={`[${vector.map((value) => value.toFixed(DECIMALS)).join(", ")}]`} />
      </div>
      <p className="small faint">{t("try.vector_hint")}</p>
    </>
  );
}

function HiddenWords({ prediction: { masks } }: { prediction: PredictionOf<"hidden_words"> }) {
  const { t } = useI18n();
  return (
    <>
      {masks.map((words, index) => {
        const label = masks.length === 1 ? t("try.hidden_word") : t("try.hidden_word_number", { number: index + 1 });
        return (
          <div key={index}>
            <p className="small muted">{label}</p>
            <ScoreBars label={label} scores={words.map(({ word, score }) => ({ label: word, score }))} />
          </div>
        );
      })}
    </>
  );
}

function Written({ prediction, marked }: { prediction: PredictionOf<"text">; marked: ReactNode }) {
  const { t } = useI18n();
  const { text, finished_by: finishedBy, num_new_tokens: count } = prediction;
  return (
    <>
      {text.trim() === "" ? (
        <p>{t("try.wrote_nothing")}</p>
      ) : (
        <div className={classes["written"]} role="group" aria-label={t("try.written")}>
          <FoldText text={text}>{marked}</FoldText>
        </div>
      )}
      <p className="small faint num">{t(`try.finished_${finishedBy}`, { count })}</p>
    </>
  );
}
