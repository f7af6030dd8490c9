import { IconFlame, IconTags } from "@tabler/icons-react";
import { useNavigate, useParams } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { DatasetStateChip } from "@/components/dataset-state-chip.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { ProgressBar } from "@/components/progress-bar.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { DatasetActions } from "@/features/datasets/dataset-actions.tsx";
import { datasetCode } from "@/features/datasets/dataset-code.ts";
import { useDataset, useHopedName } from "@/features/datasets/dataset-queries.ts";
import { DatasetTabs } from "@/features/datasets/dataset-tabs.tsx";
import { FileProblems } from "@/features/datasets/file-problems.tsx";
import { FileReadings } from "@/features/datasets/file-readings.tsx";
import { MappingForm } from "@/features/datasets/mapping-form.tsx";
import { PreviewTable } from "@/features/datasets/preview-table.tsx";
import { TaskSuggestion } from "@/features/datasets/task-suggestion.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Dataset } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { canWrite } from "@/lib/permissions.ts";
import { taskName } from "@/lib/tasks.ts";

export function DatasetPage() {
  const { datasetId = "" } = useParams();
  const { t } = useI18n();
  const dataset = useDataset(datasetId);
  return (
    <>
      {!dataset.data && <h1 className="visually-hidden">{t("nav.datasets")}</h1>}
      <QueryView query={dataset} lines={6} wayOn={<ButtonLink to="/datasets">{t("nav.datasets")}</ButtonLink>}>
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
  const isWriter = canWrite(tenant);
  const navigate = useNavigate();
  const name = useHopedName(dataset);
  const version = dataset.latest_version;
  const [labelling, training] = [`/datasets/${dataset.id}/labelling`, `/jobs/new?dataset=${dataset.id}`];
  usePageActions(
    isWriter && version
      ? [
          { id: "labelling", label: t("labelling.title"), Icon: IconTags, run: () => void navigate(labelling) },
          { id: "train", label: t("palette.train"), Icon: IconFlame, run: () => void navigate(training) },
        ]
      : [],
  );
  const { progress } = dataset;
  return (
    <>
      <PageHeader
        title={name}
        code={datasetCode(dataset, isWriter, t)}
        trail={[{ to: "/datasets", label: t("nav.datasets") }]}
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
                <ButtonLink variant="default" to={labelling}>
                  {t("labelling.title")}
                </ButtonLink>
              )}
              {version && <ButtonLink to={training}>{t("job.new")}</ButtonLink>}
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
      {version ? <DatasetTabs dataset={dataset} version={version} /> : <FirstSteps dataset={dataset} isWriter={isWriter} />}
    </>
  );
}

/** Before there is a version: what is wrong with the files, which column is what, and the rows as they came. */
function FirstSteps({ dataset, isWriter }: { dataset: Dataset; isWriter: boolean }) {
  const { t } = useI18n();
  const isRead = dataset.columns.length > 0 && dataset.state !== "inspecting";
  return (
    <>
      <FileProblems dataset={dataset} />
      {dataset.state !== "inspecting" && (
        <Section title={t("reading.title")} hint={t("reading.hint")}>
          <FileReadings dataset={dataset} canCorrect={isWriter && dataset.state !== "validating"} />
        </Section>
      )}
      {isRead && (
        <>
          <Section title={t("mapping.title")} hint={t("mapping.hint")}>
            <MappingForm key={`${dataset.state} ${dataset.task}`} dataset={dataset} isReadOnly={!isWriter || dataset.state === "validating"} />
          </Section>
          <Section title={t("preview.title")} hint={t("preview.raw_hint")}>
            <PreviewTable dataset={dataset} />
          </Section>
        </>
      )}
    </>
  );
}
