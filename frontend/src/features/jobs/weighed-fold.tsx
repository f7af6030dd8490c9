import classes from "@/features/jobs/example.module.css";
import { WeighedTexts } from "@/features/jobs/weighed-texts.tsx";
import type { Mistake } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  /** Of the row; of rows that were answered rightly there is none. */
  mistake: Mistake | undefined;
  hint: string;
}

/** Under an example: which words spoke for the answer that was given, on demand, where that was found out. */
export function WeighedFold({ mistake, hint }: Props) {
  const { t } = useI18n();
  if (mistake === undefined || mistake.words.length === 0) return null;
  return (
    <details className={classes["fold"]}>
      <summary>{t("contribution.title")}</summary>
      <p className="small muted">{hint}</p>
      <WeighedTexts mistake={mistake} />
    </details>
  );
}
