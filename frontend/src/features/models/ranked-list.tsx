import bars from "@/components/score-bars.module.css";
import type { PredictionOf } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  prediction: PredictionOf<"ranking">;
  candidates: readonly string[];
}

/** Of the worst candidate, whose bar would be nothing. */
const SHORTEST = 0.03;

/** Candidates in the model's order. Scores have no scale of their own, so bars run from the worst to the best. */
export function RankedList({ prediction, candidates }: Props) {
  const { t, format } = useI18n();
  const scores = prediction.candidates.map(({ score }) => score);
  const low = Math.min(...scores);
  const range = Math.max(...scores) - low;
  const share = (score: number) => (range === 0 ? 1 : SHORTEST + ((score - low) / range) * (1 - SHORTEST));
  const { threshold } = prediction;
  return (
    <>
      <ol aria-label={t("try.ranked")} className={bars["list"]}>
        {prediction.candidates.map(({ index, score }) => (
          <li key={index} className={bars["row"]}>
            <span className={`name ${bars["label"] ?? ""}`} title={candidates[index]} dir="auto">
              {candidates[index]}
            </span>
            <span className="num">{format.significant(score)}</span>
            <span className={bars["track"]} aria-hidden>
              <span className={bars["fill"]} style={{ width: `${share(score) * 100}%`, display: "block" }} />
            </span>
          </li>
        ))}
      </ol>
      {threshold !== null && (
        <p className="small faint">
          {t("try.ranked_threshold", { threshold: format.significant(threshold), count: scores.filter((score) => score >= threshold).length })}
        </p>
      )}
    </>
  );
}
