import classes from "@/components/score-bars.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  label: string;
  scores: readonly { label: string; score: number }[];
}

/** Probabilities, the most probable first. */
export function ScoreBars({ label, scores }: Props) {
  const { format } = useI18n();
  return (
    <ol aria-label={label} className={classes["list"]}>
      {scores.map((entry, index) => (
        <li key={`${index} ${entry.label}`} className={classes["row"]}>
          <span className={`name ${classes["label"] ?? ""}`} title={entry.label}>
            {entry.label}
          </span>
          <span className="num">{format.percent(entry.score)}</span>
          <span className={classes["track"]} aria-hidden>
            <span className={classes["fill"]} style={{ width: `${entry.score * 100}%`, display: "block" }} />
          </span>
        </li>
      ))}
    </ol>
  );
}
