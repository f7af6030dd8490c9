import { Section } from "@/components/section.tsx";
import { ClassTable } from "@/features/jobs/class-table.tsx";
import { ConfusionMatrix } from "@/features/jobs/confusion-matrix.tsx";
import type { DetailsProps } from "@/features/jobs/evaluation-details.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** One of several labels. */
export function ClassificationDetails({ details }: DetailsProps<"classification">) {
  const { t, format } = useI18n();
  return (
    <>
      <Section title={t("confusion.title")} hint={t("confusion.hint")}>
        <ConfusionMatrix details={details} />
        <p className="small muted" style={{ marginTop: 12 }}>
          {t("confusion.calibration", { value: format.decimal(details.expected_calibration_error * 100, 1) })}
        </p>
      </Section>
      <Section title={t("classes.title")} hint={t("classes.hint")}>
        <ClassTable scores={details.per_class} />
      </Section>
    </>
  );
}
