import { speakerName } from "@/features/labelling/label-values.ts";
import classes from "@/features/labelling/labelling.module.css";
import type { LabelReview } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** What a review makes of the turns that it corrects. */
export function ReviewTurns({ review }: { review: LabelReview }) {
  const { t } = useI18n();
  if (review.turns.length === 0) return null;
  return (
    <ol className={classes["corrections"]}>
      {review.turns.map((turn) => (
        <li key={turn.index}>
          <span className={classes["role"]}>
            {t("labelling.turn_number", { speaker: speakerName("assistant", t), number: turn.index + 1 })}
            {turn.weight !== undefined && ` · ${t(turn.weight > 0 ? "labelling.learnt" : "labelling.not_learnt")}`}
          </span>
          {turn.content !== undefined && <p className={classes["text"]}>{turn.content}</p>}
        </li>
      ))}
    </ol>
  );
}
