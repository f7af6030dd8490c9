import { ButtonLink } from "@/components/button-link.tsx";
import classes from "@/features/overview/overview.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  hasDataset: boolean;
  hasJob: boolean;
  canStart: boolean;
}

/** The way from nothing to a model, with the next step as the one button. */
export function StartSteps({ hasDataset, hasJob, canStart }: Props) {
  const { t } = useI18n();
  return (
    <ol className={classes["steps"]} aria-label={t("start.label")}>
      <li className={classes["step"]} data-done={hasDataset || undefined}>
        <span className={classes["number"]}>{hasDataset ? t("start.done") : "1"}</span>
        <h2>{t("start.data")}</h2>
        <p>{t("start.data_text")}</p>
        {canStart && !hasDataset && <ButtonLink to="/datasets/new">{t("dataset.new")}</ButtonLink>}
      </li>
      <li className={classes["step"]} data-done={hasJob || undefined}>
        <span className={classes["number"]}>{hasJob ? t("start.done") : "2"}</span>
        <h2>{t("start.train")}</h2>
        <p>{t("start.train_text")}</p>
        {canStart && hasDataset && !hasJob && <ButtonLink to="/jobs/new">{t("job.new")}</ButtonLink>}
      </li>
      <li className={classes["step"]}>
        <span className={classes["number"]}>3</span>
        <h2>{t("start.use")}</h2>
        <p>{t("start.use_text")}</p>
      </li>
    </ol>
  );
}
