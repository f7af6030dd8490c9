import { Button, TextInput } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { CodeFold } from "@/components/code-fold.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { RadioCard, RadioCards } from "@/components/radio-card.tsx";
import { Section } from "@/components/section.tsx";
import { datasetCalls } from "@/features/datasets/calls.ts";
import { newDatasetCode } from "@/features/datasets/dataset-code.ts";
import { useCreateDataset } from "@/features/datasets/dataset-queries.ts";
import { FileSources } from "@/features/datasets/file-sources.tsx";
import classes from "@/features/datasets/new-dataset.module.css";
import { UploadItem } from "@/features/datasets/upload-item.tsx";
import { uploadsHint } from "@/features/datasets/upload-queue.ts";
import { useUploads } from "@/features/datasets/use-uploads.ts";
import { useBaseModels } from "@/features/jobs/job-queries.ts";
import { ReadOnlyNotice } from "@/features/session/read-only-notice.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { asApiError } from "@/lib/api-error.ts";
import type { TaskName } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";
import { taskHint, taskName, TASKS } from "@/lib/tasks.ts";
import { useIdempotencyKey } from "@/lib/use-idempotency-key.ts";

const MAX_NAME = 200;

export function NewDatasetPage() {
  const { t } = useI18n();
  const isWriter = canWrite(useWorkspace().tenant);
  return (
    <>
      <PageHeader
        title={t("dataset.new_title")}
        lead={t("dataset.new_lead")}
        trail={[{ to: "/datasets", label: t("nav.datasets") }]}
        code={isWriter ? newDatasetCode(t) : []}
      />
      {isWriter ? <NewDatasetForm /> : <ReadOnlyNotice />}
    </>
  );
}

function NewDatasetForm() {
  const { t } = useI18n();
  const navigate = useNavigate();
  const uploads = useUploads();
  const create = useCreateDataset();
  const keyFor = useIdempotencyKey();
  const [name, setName] = useState<string | null>(null);
  const [params] = useSearchParams();
  const [task, setTask] = useState<TaskName>(() => TASKS.find((one) => one === params.get("task")) ?? "classification");
  const suggested = uploads.queue[0]?.name.replace(/\.[^.]+$/, "").slice(0, MAX_NAME) ?? "";
  const shownName = name ?? suggested;
  const ready = uploads.queue.filter((item) => item.state === "done");
  const why = uploadsHint(uploads.queue);
  const canSubmit = why === null && shownName.trim() !== "";

  const body = {
    name: shownName.trim(),
    task,
    files: ready.map((item) => ({ upload_id: item.uploadId ?? "", split: item.split })),
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!canSubmit || create.isPending || create.isSuccess) return;
    create.mutate({ ...body, key: keyFor(body) }, {
      onSuccess: (dataset) => {
        uploads.forget();
        void navigate(`/datasets/${dataset.id}`, { replace: true });
      },
    });
  };
  const models = useBaseModels().data?.data;
  const isLearnt = (entry: TaskName) => models?.some(({ tasks }) => tasks.includes(entry)) ?? true;
  const error = create.error === null ? null : asApiError(create.error);
  const nameError = error?.messageFor("name");
  return (
    <form onSubmit={submit} noValidate>
      <Section title={t("dataset.task")} hint={t("dataset.task_hint")} isSplit>
        <RadioCards legend={t("dataset.task")}>
          {TASKS.map((entry) => (
            <RadioCard
              key={entry}
              name="task"
              value={entry}
              isChecked={task === entry}
              onChoose={() => setTask(entry)}
              title={taskName(entry, t)}
              text={taskHint(entry, t)}
              {...(isLearnt(entry) ? {} : { facts: t("dataset.no_base_model") })}
            />
          ))}
        </RadioCards>
      </Section>
      <Section title={t("upload.files")} hint={t("upload.files_hint")} isSplit>
        <div className="stack">
          <FileSources uploads={uploads} />
          {uploads.queue.length > 0 && (
            <ul className={classes["list"]} aria-label={t("upload.files")}>
              {uploads.queue.map((item, index) => (
                <UploadItem key={item.id} item={item} uploads={uploads} isFirst={index === 0} />
              ))}
            </ul>
          )}
        </div>
      </Section>
      <Section title={t("job.dataset")} hint={t("dataset.name_hint")} isSplit>
        <div className="stack">
          {error !== null && !nameError && <ErrorNotice error={error} />}
          <TextInput
            label={t("dataset.name")}
            maxLength={MAX_NAME}
            required
            value={shownName}
            error={nameError}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {canSubmit && <CodeFold calls={[datasetCalls.create(body)]} />}
          <div className="row">
            <Button type="submit" loading={create.isPending} disabled={!canSubmit}>
              {t("dataset.create")}
            </Button>
            {why !== null && <span className="small muted">{t(why)}</span>}
          </div>
        </div>
      </Section>
    </form>
  );
}
