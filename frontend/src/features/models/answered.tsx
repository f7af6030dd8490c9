import type { ReactNode } from "react";

import { Notice } from "@/components/notice.tsx";
import { PredictionView } from "@/features/models/prediction-view.tsx";
import type { Prediction, PredictResponse, Question } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { MessageKey } from "@/lib/i18n/translate.ts";

/** What was not read, where it is not the end of the one text. */
const TRUNCATED: Readonly<Partial<Record<Prediction["kind"], MessageKey>>> = { answer: "try.truncated_question", ranking: "try.truncated_some" };

interface Props {
  answer: PredictResponse;
  asked: Question;
  /** The text of an answer in other words than its own: with marks in it. */
  marked?: ReactNode;
}

/** An answer, what was not read for it, and how long it took. */
export function Answered({ answer, asked, marked }: Props) {
  const { t, format } = useI18n();
  const [prediction] = answer.predictions;
  if (prediction === undefined) return null;
  return (
    <div className="stack">
      <PredictionView prediction={prediction} asked={asked} marked={marked} />
      {prediction.is_truncated && <Notice tone="warning">{t(TRUNCATED[prediction.kind] ?? "try.truncated", { count: prediction.num_tokens })}</Notice>}
      <p className="small faint num">
        {t(answer.is_cold ? "try.took_cold" : "try.took", { milliseconds: format.integer(answer.milliseconds), count: prediction.num_tokens })}
      </p>
    </div>
  );
}
