import { Chip } from "@/components/chip.tsx";
import classes from "@/features/jobs/job.module.css";
import type { Contender, Evaluation } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Tone } from "@/lib/job-states.ts";

const TONES = { better: "cool", no_difference: "held", worse: "failed" } as const satisfies Record<string, Tone>;
const NAMES: readonly Contender["name"][] = ["tuned", "base_probe", "tfidf_logreg", "nearest_centroid", "majority"];

interface Props {
  evaluation: Evaluation;
}

/** Did it help? In words that would stand up in front of a statistician, and that anybody can read. */
export function VerdictLine({ evaluation }: Props) {
  const { t, format } = useI18n();
  const { verdict } = evaluation;
  const rival = NAMES.find((name) => name === verdict.against);
  const tuned = evaluation.contenders.find((contender) => contender.name === "tuned");
  const params = {
    against: rival === undefined ? verdict.against : t(`contender.in_text.${rival}`),
    points: format.decimal(Math.abs(verdict.difference.value) * 100, 1),
    low: format.points(verdict.difference.low),
    high: format.points(verdict.difference.high),
    rows: evaluation.num_rows,
    split: t(`split.in_text.${evaluation.split}`),
    accuracy: tuned ? format.percent(tuned.accuracy.value) : "–",
  };
  return (
    <div>
      <div className={classes["verdictMark"]}>
        <Chip tone={TONES[verdict.outcome]}>{t(`verdict.${verdict.outcome}`)}</Chip>
      </div>
      <p className={classes["verdict"]}>{t(`verdict.${verdict.outcome}_text`, params)}</p>
    </div>
  );
}
