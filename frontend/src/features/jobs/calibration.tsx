import { CalibrationPlot } from "@/features/jobs/calibration-plot.tsx";
import classes from "@/features/jobs/result-plots.module.css";
import type { DetailsOf } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

type Details = DetailsOf<"classification" | "multi_label">;

interface Props {
  bins: Details["calibration"];
  /** How far it is off on average, as a share. */
  error: number;
  scale: Details["confidence_scale"];
  of: "answers" | "labels";
}

/** How far its probabilities are to be believed, in a picture and in words. */
export function Calibration({ bins, error, scale, of }: Props) {
  const { t, format } = useI18n();
  const points = (share: number) => format.decimal(share * 100, 1);
  return (
    <div className={classes["sideBySide"]}>
      {bins.length > 0 && <CalibrationPlot bins={bins} of={of} />}
      <div className="prose stack" style={{ gap: 8 }}>
        <p>{t(of === "answers" ? "calibration.error" : "calibration.of_labels_error", { value: points(error) })}</p>
        {scale !== null && <p>{t("calibration.scaled", { factor: format.decimal(scale.factor, 2), value: points(scale.error_without) })}</p>}
      </div>
    </div>
  );
}
