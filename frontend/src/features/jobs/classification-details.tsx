import { Section } from "@/components/section.tsx";
import { Calibration } from "@/features/jobs/calibration.tsx";
import { ClassTable } from "@/features/jobs/class-table.tsx";
import { ConfusionMatrix } from "@/features/jobs/confusion-matrix.tsx";
import type { DetailsProps } from "@/features/jobs/evaluation-details.tsx";
import { ThresholdPanel } from "@/features/jobs/threshold-panel.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Of two labels the one above a half is the answer. */
const EVEN = 0.5;

/** One of several labels. */
export function ClassificationDetails({ evaluation, details }: DetailsProps<"classification">) {
  const { t } = useI18n();
  return (
    <>
      <Section title={t("confusion.title")} hint={t("confusion.hint")}>
        <ConfusionMatrix details={details} kept={[...details.examples, ...evaluation.mistakes]} />
      </Section>
      <Section title={t("calibration.title")} hint={details.calibration.length > 0 ? t("calibration.hint") : undefined}>
        <Calibration bins={details.calibration} error={details.expected_calibration_error} scale={details.confidence_scale} of="answers" />
      </Section>
      {details.thresholds.length > 0 && (
        <Section title={t("threshold.title")} hint={t("threshold.hint")}>
          <ThresholdPanel curves={details.thresholds} used={EVEN} />
        </Section>
      )}
      <Section title={t("classes.title")} hint={t("classes.hint")}>
        <ClassTable scores={details.per_class} />
      </Section>
    </>
  );
}
