import { Select } from "@mantine/core";
import { Link } from "react-router";

import { Section } from "@/components/section.tsx";
import { DatasetSelect } from "@/features/datasets/dataset-select.tsx";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { EMPTY_FORM, type JobForm } from "@/features/jobs/job-form.ts";
import classes from "@/features/jobs/launch.module.css";
import type { ApiError } from "@/lib/api-error.ts";
import type { Dataset, DatasetVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { taskHint, taskName } from "@/lib/tasks.ts";

interface Props {
  form: JobForm;
  /** What the form names, where it is there. */
  dataset: Dataset | undefined;
  versions: readonly DatasetVersion[];
  error: ApiError | null;
  onChange: (change: Partial<JobForm>) => void;
}

/** The first decision: which data, and what was understood it is for. */
export function WhatForSection({ form, dataset, versions, error, onChange }: Props) {
  const { t } = useI18n();
  const version = versions.find(({ id }) => id === form.versionId);
  return (
    <Section title={t("launch.what_for")} hint={t("job.step_data_hint")}>
      <div className={classes["pair"]}>
        <DatasetSelect
          label={t("job.dataset")}
          hasVersion
          value={dataset?.id ?? null}
          allowDeselect={false}
          placeholder={t("job.choose_dataset")}
          onChange={(value) => onChange({ datasetId: value, versionId: null, watched: EMPTY_FORM.watched })}
        />
        <Select
          label={t("dataset.version")}
          data={versions.map((entry) => ({ value: entry.id, label: t("job.version_option", { number: entry.number, count: totalRows(entry) }) }))}
          value={form.versionId}
          allowDeselect={false}
          disabled={form.datasetId === null}
          error={error?.messageFor("dataset_version_id")}
          onChange={(value) => onChange({ versionId: value })}
        />
      </div>
      {version && dataset && (
        <div className={classes["understood"]}>
          <p>
            <span className="muted">{t("launch.understood")}</span> <strong>{taskName(form.task, t)}</strong>
          </p>
          <p className="muted">{taskHint(form.task, t)}</p>
          <p className="small muted">
            {t(version.labels.length > 0 ? "job.version_facts" : "job.version_facts_unlabelled", {
              train: version.num_rows.train,
              validation: version.num_rows.validation,
              test: version.num_rows.test,
              labels: version.labels.length,
            })}{" "}
            <Link to={`/datasets/${dataset.id}`}>{t("job.see_dataset")}</Link>
          </p>
          <p className="small muted">
            {t("launch.meant_otherwise")} <Link to="/datasets/new">{t("launch.other_task")}</Link>
          </p>
        </div>
      )}
    </Section>
  );
}
