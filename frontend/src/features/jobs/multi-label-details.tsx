import { Section } from "@/components/section.tsx";
import { Calibration } from "@/features/jobs/calibration.tsx";
import { ClassTable } from "@/features/jobs/class-table.tsx";
import type { DetailsProps } from "@/features/jobs/evaluation-details.tsx";
import { ThresholdPanel } from "@/features/jobs/threshold-panel.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Any number of labels. */
export function MultiLabelDetails({ details }: DetailsProps<"multi_label">) {
  const { t, format } = useI18n();
  return (
    <>
      <Section title={t("classes.title")} hint={t("classes.hint")}>
        <p className="prose" style={{ marginBottom: 12 }}>
          {t("classes.threshold", { threshold: format.percent(details.threshold, 0) })}
        </p>
        <ClassTable scores={details.per_class} />
      </Section>
      {details.expected_calibration_error !== null && (
        <Section title={t("calibration.of_labels_title")} hint={t("calibration.of_labels_hint")}>
          <Calibration bins={details.calibration} error={details.expected_calibration_error} scale={details.confidence_scale} of="labels" />
        </Section>
      )}
      {details.thresholds.length > 0 && (
        <Section title={t("threshold.title")} hint={t("threshold.hint")}>
          <ThresholdPanel curves={details.thresholds} used={details.threshold} />
        </Section>
      )}
    </>
  );
}
