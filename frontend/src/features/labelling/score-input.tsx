import classes from "@/features/labelling/labelling.module.css";
import { useKeys } from "@/lib/use-keys.ts";
import type { LabelSession } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  scale: NonNullable<LabelSession["scale"]>;
  score: number | null;
  onChange: (score: number) => void;
}

const STEPS = 100;

/** Whole numbers of a short scale are keys; a slider takes everything between. */
export function ScoreInput({ scale, score, onChange }: Props) {
  const { t, format } = useI18n();
  const { min, max } = scale;
  useKeys((event) => {
    const number = /^\d$/.test(event.key) ? Number(event.key) : Number.NaN;
    if (!(number >= min && number <= max)) return false;
    onChange(number);
    return true;
  });
  return (
    <label className={classes["score"]}>
      <span>{t("labelling.score", { min: format.significant(min), max: format.significant(max) })}</span>
      <output>{score === null ? "–" : format.significant(score)}</output>
      <input
        type="range"
        min={min}
        max={max}
        step={(max - min) / STEPS}
        value={score ?? (min + max) / 2}
        data-unset={score === null}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
      />
    </label>
  );
}
