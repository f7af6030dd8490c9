import { useParams } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { DatasetStateChip } from "@/components/dataset-state-chip.tsx";
import { Facts } from "@/components/facts.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { ProgressBar } from "@/components/progress-bar.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { VersionStatistics } from "@/features/datasets/column-statistics.tsx";
import { DatasetActions } from "@/features/datasets/dataset-actions.tsx";
import { useDataset } from "@/features/datasets/dataset-queries.ts";
import { FileReadings } from "@/features/datasets/file-readings.tsx";
import { MappingForm } from "@/features/datasets/mapping-form.tsx";
import { PreviewTable } from "@/features/datasets/preview-table.tsx";
import { ProblemsTable } from "@/features/datasets/problems-table.tsx";
import { TaskSuggestion } from "@/features/datasets/task-suggestion.tsx";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { VersionsTable } from "@/features/datasets/versions-table.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Dataset } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";
import { taskName } from "@/lib/tasks.ts";

export function DatasetPage() {
  const { datasetId = "" } = useParams();
  const { t } = useI18n();
  const dataset = useDataset(datasetId);
  return (
    <>
      {!dataset.data && <h1 className="visually-hidden">{t("nav.datasets")}</h1>}
      <QueryView query={dataset} lines={6}>
        {(data) => <DatasetView dataset={data} />}
      </QueryView>
    </>
  );
}

interface Props {
  dataset: Dataset;
}

function DatasetView({ dataset }: Props) {
  const { t, format } = useI18n();
  const { tenant } = useWorkspace();
  const isWriter = canWrite(tenant.role);
  const version = dataset.latest_version;
  const { progress } = dataset;
  const hasColumns = dataset.columns.length > 0;
  const errors = dataset.problems.filter((problem) => problem.severity === "error").length;
  return (
    <>
      <PageHeader
        title={dataset.name}
        back={{ to: "/datasets", label: t("nav.datasets") }}
        lead={
          <span className="row">
            <DatasetStateChip state={dataset.state} />
            <span className="small">{taskName(dataset.task, t)}</span>
            <span className="small">{t("dataset.files_count", { count: dataset.files.length })}</span>
            <span className="small">{format.bytes(dataset.files.reduce((sum, file) => sum + file.size_bytes, 0))}</span>
          </span>
        }
        actions={
          isWriter && (
            <>
              {version && (
                <ButtonLink variant="default" to={`/datasets/${dataset.id}/labelling`}>
                  {t("labelling.title")}
                </ButtonLink>
              )}
              {version && <ButtonLink to={`/jobs/new?dataset=${dataset.id}`}>{t("job.new")}</ButtonLink>}
              <DatasetActions dataset={dataset} />
            </>
          )
        }
      />
      {progress && (
        <Section title={t(`dataset.state.${dataset.state}`)} hint={t("dataset.progress_hint")}>
          <div className="stack" style={{ gap: 6 }}>
            <ProgressBar label={t("dataset.progress")} share={progress.total_bytes > 0 ? progress.bytes_read / progress.total_bytes : null} />
            <p className="small muted num">
              {t("dataset.progress_text", {
                rows: format.integer(progress.rows_read),
                read: format.bytes(progress.bytes_read),
                total: format.bytes(progress.total_bytes),
              })}
            </p>
          </div>
        </Section>
      )}
      <TaskSuggestion dataset={dataset} isReadOnly={!isWriter} />
      {dataset.num_problems > 0 && (
        <Section title={t("problems.title_count", { count: dataset.num_problems })} hint={t("problems.hint")}>
          <div className="stack">
            {dataset.state === "invalid" && <Notice tone="error">{t("problems.blocking", { count: errors })}</Notice>}
            <ProblemsTable dataset={dataset} />
          </div>
        </Section>
      )}
      {dataset.state !== "inspecting" && (
        <Section title={t("reading.title")} hint={t(version ? "reading.hint_versions" : "reading.hint")}>
          <FileReadings dataset={dataset} canCorrect={isWriter && !version && dataset.state !== "validating"} />
        </Section>
      )}
      {hasColumns && dataset.state !== "inspecting" && !version && (
        <Section title={t("mapping.title")} hint={t("mapping.hint")}>
          <MappingForm key={`${dataset.state} ${dataset.task}`} dataset={dataset} isReadOnly={!isWriter || dataset.state === "validating"} />
        </Section>
      )}
      {version && (
        <>
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
        </>
      )}
      {dataset.state !== "inspecting" && hasColumns && (
        <Section title={t("preview.title")} hint={version ? undefined : t("preview.raw_hint")}>
          <PreviewTable dataset={dataset} />
        </Section>
      )}
      {version && (
        <>
          <Section title={t("versions.title")} hint={t("versions.hint")}>
            <VersionsTable dataset={dataset} canLaunch={isWriter} />
          </Section>
          <Section title={t("mapping.title")} hint={t("mapping.hint_again")}>
            <MappingForm key={version.id} dataset={dataset} isReadOnly={!isWriter || dataset.state === "validating"} />
          </Section>
        </>
      )}
    </>
  );
}
