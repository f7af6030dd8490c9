import { Facts } from "@/components/facts.tsx";
import { Section } from "@/components/section.tsx";
import { VersionStatistics } from "@/features/datasets/column-statistics.tsx";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { DoctorSummary } from "@/features/datasets/doctor-summary.tsx";
import { FileProblems } from "@/features/datasets/file-problems.tsx";
import { FileReadings } from "@/features/datasets/file-readings.tsx";
import { MappingForm } from "@/features/datasets/mapping-form.tsx";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { VersionReading } from "@/features/datasets/version-reading.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** What is in the latest version, in figures. */
export function DatasetOverview() {
  const { t, format } = useI18n();
  const { dataset, version, isWriter } = useDatasetWork();
  return (
    <div style={{ paddingTop: 20 }}>
      <div style={{ paddingBottom: 20 }}>
        <DoctorSummary />
      </div>
      <FileProblems dataset={dataset} />
      <Section title={t("dataset.summary", { version: `v${version.number}` })}>
        <Facts
          facts={[
            { label: t("dataset.examples"), value: format.integer(totalRows(version)) },
            { label: t("split.train"), value: format.integer(version.num_rows.train) },
            { label: t("split.validation"), value: format.integer(version.num_rows.validation) },
            { label: t("split.test"), value: format.integer(version.num_rows.test) },
            ...(version.labels.length > 0 ? [{ label: t("dataset.labels"), value: format.integer(version.labels.length) }] : []),
            {
              label: t(version.text_length.unit === "tokens" ? "dataset.token_length" : "dataset.text_length"),
              value: t("dataset.text_length_value", {
                p50: version.text_length.p50,
                p95: version.text_length.p95,
                max: version.text_length.max,
              }),
            },
          ]}
        />
      </Section>
      <VersionStatistics version={version} />
      <VersionReading version={version} isAllowed={isWriter} />
      <Section title={t("reading.title")} hint={t("reading.hint_versions")}>
        <FileReadings dataset={dataset} canCorrect={false} />
      </Section>
      <Section title={t("mapping.title")} hint={t("mapping.hint_again")}>
        <MappingForm key={version.id} dataset={dataset} isReadOnly={!isWriter || dataset.state === "validating"} />
      </Section>
    </div>
  );
}
