import { Button, Select, TextInput } from "@mantine/core";
import { IconBraces, IconFlame } from "@tabler/icons-react";
import { type SyntheticEvent, useState } from "react";
import { Link, useNavigate } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { CodeButton } from "@/components/code-button.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { ErrorPanel } from "@/components/error-panel.tsx";
import { Notice } from "@/components/notice.tsx";
import { RadioCard, RadioCards } from "@/components/radio-card.tsx";
import { Section } from "@/components/section.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { useDatasets, useDatasetVersions } from "@/features/datasets/dataset-queries.ts";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { EstimateLine } from "@/features/jobs/estimate-line.tsx";
import { ExpertFields, MethodFields } from "@/features/jobs/expert-fields.tsx";
import { hasSettings, METHODS, OTHER_METHODS, USUAL_METHODS } from "@/features/jobs/expert-settings.ts";
import { countChanges, EMPTY_FORM, type JobForm, jobBody } from "@/features/jobs/job-form.ts";
import { useBaseModels, useLaunchJob } from "@/features/jobs/job-queries.ts";
import classes from "@/features/jobs/job.module.css";
import type { Marked } from "@/features/jobs/proposal.ts";
import { ReadingPanel } from "@/features/jobs/reading-panel.tsx";
import { launchSteps } from "@/features/jobs/launch-steps.ts";
import { SearchFields } from "@/features/jobs/search-fields.tsx";
import { launchOf, SpecSection, useSpecSchema } from "@/features/jobs/spec-section.tsx";
import { formFromBody, lostPaths, specText } from "@/features/jobs/spec-text.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { asApiError } from "@/lib/api-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { readJson } from "@/lib/json-text.ts";
import { canWrite } from "@/lib/permissions.ts";
import { taskName } from "@/lib/tasks.ts";
import { useIdempotencyKey } from "@/lib/use-idempotency-key.ts";

interface Props {
  initial: JobForm;
  marked?: Marked | null;
}

export function JobFormView({ initial, marked = null }: Props) {
  const { t, format } = useI18n();
  const { tenant } = useWorkspace();
  const navigate = useNavigate();
  const datasets = useDatasets();
  const baseModels = useBaseModels();
  const launch = useLaunchJob();
  const keyFor = useIdempotencyKey();
  const [chosen, setChosen] = useState<JobForm>(initial);
  // While this is a text, it is what is launched, and the form waits.
  const [text, setText] = useState<string | null>(null);
  const [left, setLeft] = useState<{ text: string; paths: readonly string[] } | null>(null);
  const schema = useSpecSchema(text !== null);

  const usable = datasets.data?.pages.flatMap((page) => page.data).filter((dataset) => dataset.latest_version !== null) ?? [];
  const datasetId = chosen.datasetId ?? (usable.length === 1 ? (usable[0]?.id ?? null) : null);
  const dataset = usable.find((entry) => entry.id === datasetId);
  const versions = useDatasetVersions(datasetId ?? "", dataset?.latest_version?.id ?? null);
  const task = dataset?.task ?? chosen.task;
  const fitting = baseModels.data?.data.filter((model) => model.tasks.includes(task)) ?? [];
  const form: JobForm = {
    ...chosen,
    datasetId,
    task,
    versionId: chosen.versionId ?? dataset?.latest_version?.id ?? null,
    baseModel: (fitting.find((model) => model.slug === chosen.baseModel) ?? fitting[0])?.slug ?? null,
  };
  const patch = (change: Partial<JobForm>) => setChosen((old) => ({ ...old, ...change }));

  if (datasets.isError && !datasets.data) return <ErrorPanel error={datasets.error} onRetry={() => void datasets.refetch()} />;
  if (baseModels.isError && !baseModels.data) return <ErrorPanel error={baseModels.error} onRetry={() => void baseModels.refetch()} />;
  if (!datasets.data || !baseModels.data) return <Skeleton lines={6} />;
  if (usable.length === 0) {
    return (
      <StatePanel title={t("job.no_dataset_title")} action={<ButtonLink to="/datasets/new">{t("dataset.new")}</ButtonLink>}>
        <p>{t("job.no_dataset_hint")}</p>
      </StatePanel>
    );
  }

  const baseModel = baseModels.data.data.find((entry) => entry.slug === form.baseModel);
  const methods = baseModel?.methods ?? METHODS;
  const isUsual = USUAL_METHODS.some((method) => method === form.method);
  const version = versions.data?.data.find((entry) => entry.id === form.versionId) ?? dataset?.latest_version;
  const document = text === null ? null : readJson(text);
  const body = document === null ? jobBody(form) : launchOf(document);
  const error = launch.error === null ? null : asApiError(launch.error);
  const isAllowed = canWrite(tenant.role);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    // A second click while the first is on its way, or has just arrived, is the same launch.
    if (body === null || launch.isPending || launch.isSuccess || !isAllowed) return;
    launch.mutate({ body, key: keyFor(body) }, { onSuccess: (job) => void navigate(`/jobs/${job.id}`) });
  };
  const changes = countChanges(form);
  const edit = (next: string) => {
    launch.reset();
    setLeft(null);
    setText(next);
  };
  const leaveText = (typed: string) => {
    const shown = formFromBody(body, form);
    const paths = lostPaths(body, shown, schema.data ?? null);
    launch.reset();
    setChosen(shown);
    setLeft(paths.length > 0 ? { text: typed, paths } : null);
    setText(null);
  };
  return (
    <form onSubmit={submit} noValidate>
      {!isAllowed && <Notice tone="warning">{t("error.read_only")}</Notice>}
      {text === null || document === null ? (
        <>
          {left !== null && (
            <Notice
              tone="warning"
              action={
                <Button size="xs" variant="default" onClick={() => edit(left.text)}>
                  {t("spec.again")}
                </Button>
              }
            >
              {t("spec.lost", { paths: format.list(left.paths) })}
            </Notice>
          )}
          <div className={classes["asText"]}>
            <Button variant="default" size="sm" leftSection={<IconBraces size={15} aria-hidden />} disabled={body === null} onClick={() => body !== null && edit(specText(body, null))}>
              {t("spec.edit")}
            </Button>
          </div>
          <Section title={t("job.step_data")} hint={t("job.step_data_hint")} isSplit>
            <div className={classes["pair"]}>
              <Select
                label={t("job.dataset")}
                searchable
                data={usable.map((entry) => ({ value: entry.id, label: entry.name }))}
                value={form.datasetId}
                allowDeselect={false}
                placeholder={t("job.choose_dataset")}
                nothingFoundMessage={t("jobs.none_found")}
                onChange={(value) => patch({ datasetId: value, versionId: null, watched: EMPTY_FORM.watched })}
              />
              <Select
                label={t("dataset.version")}
                data={(versions.data?.data ?? (dataset?.latest_version ? [dataset.latest_version] : [])).map((entry) => ({
                  value: entry.id,
                  label: t("job.version_option", { number: entry.number, count: totalRows(entry) }),
                }))}
                value={form.versionId}
                allowDeselect={false}
                disabled={form.datasetId === null}
                error={error?.messageFor("dataset_version_id")}
                onChange={(value) => patch({ versionId: value })}
              />
            </div>
            {version && dataset && (
              <p className="small muted" style={{ marginTop: 12 }}>
                {taskName(task, t)}
                {" · "}
                {t(version.labels.length > 0 ? "job.version_facts" : "job.version_facts_unlabelled", {
                  train: version.num_rows.train,
                  validation: version.num_rows.validation,
                  test: version.num_rows.test,
                  labels: version.labels.length,
                })}{" "}
                <Link to={`/datasets/${dataset.id}`}>{t("job.see_dataset")}</Link>
              </p>
            )}
          </Section>
          <Section title={t("job.step_base")} hint={t("job.step_base_hint")} isSplit>
            <RadioCards legend={t("job.base_model")}>
              {baseModels.data.data.map((model) => (
                <RadioCard
                  key={model.slug}
                  name="base_model"
                  value={model.slug}
                  isChecked={form.baseModel === model.slug}
                  isDisabled={!fitting.includes(model)}
                  onChoose={() => patch({ baseModel: model.slug })}
                  title={model.name}
                  text={t("job.base_text", { family: model.family.toUpperCase(), languages: format.list(model.languages), max: model.max_length })}
                  facts={t("job.base_facts", { parameters: format.compact(model.num_parameters), licence: model.licence })}
                />
              ))}
            </RadioCards>
          </Section>
          <Section title={t("job.step_method")} hint={t("job.step_method_hint")} isSplit>
            <RadioCards legend={t("job.method")}>
              {USUAL_METHODS.map((method) => (
                <RadioCard
                  key={method}
                  name="method"
                  value={method}
                  isChecked={form.method === method}
                  isDisabled={!methods.includes(method)}
                  onChoose={() => patch({ method })}
                  title={t(`method.${method}`)}
                  text={t(`method.${method}_text`)}
                  facts={t(`method.${method}_facts`)}
                />
              ))}
            </RadioCards>
            <details className={classes["expert"]} open={isUsual ? undefined : true} style={{ marginTop: 12 }}>
              <summary>{t("job.more_methods")}</summary>
              <div style={{ paddingTop: 12 }}>
                <RadioCards legend={t("job.more_methods")}>
                  {OTHER_METHODS.map((method) => (
                    <RadioCard
                      key={method}
                      name="method"
                      value={method}
                      isChecked={form.method === method}
                      isDisabled={!methods.includes(method)}
                      onChoose={() => patch({ method })}
                      title={t(`method.${method}`)}
                      text={t(`method.${method}_text`)}
                    />
                  ))}
                </RadioCards>
              </div>
            </details>
          </Section>
          <Section title={t("job.step_settings")} hint={t("job.step_settings_hint")} isSplit>
            <p className="prose muted">{t("job.auto_text")}</p>
            <details className={classes["expert"]} open={changes > 0 ? true : undefined}>
              <summary>{changes === 0 ? t("job.expert") : t("job.expert_changed", { count: changes })}</summary>
              {hasSettings(form.method) && (
                <>
                  <h3 className={classes["settings"]}>{t("job.method_settings", { method: t(`method.${form.method}`) })}</h3>
                  <div className={classes["grid"]}>
                    <MethodFields form={form} marked={marked} error={error} onChange={patch} />
                  </div>
                  <h3 className={classes["settings"]}>{t("job.training_settings")}</h3>
                </>
              )}
              <ExpertFields form={form} marked={marked} error={error} onChange={patch} />
              <h3 className={classes["settings"]}>{t("search.title")}</h3>
              <SearchFields search={form.search} method={form.method} error={error} onChange={(search) => patch({ search })} />
            </details>
          </Section>
        </>
      ) : (
        <SpecSection text={text} document={document} isAllowed={isAllowed} refusal={error} onChange={edit} onBack={() => leaveText(text)} />
      )}
      <Section title={t("tokens.title")} hint={t("tokens.hint")} isSplit>
        <ReadingPanel body={body} isAllowed={isAllowed} />
      </Section>
      <Section title={t("job.step_launch")} hint={t("job.step_launch_hint")} isSplit>
        <div className="stack" style={{ maxWidth: 560 }}>
          {text === null && (
            <TextInput
              label={t("job.name_optional")}
              description={t("job.name_hint")}
              maxLength={200}
              value={form.name}
              error={error?.messageFor("name")}
              onChange={(event) => patch({ name: event.currentTarget.value })}
            />
          )}
          <EstimateLine body={body} isAllowed={isAllowed} />
          <ErrorNotice error={error} />
          <div className={classes["launch"]}>
            <Button type="submit" loading={launch.isPending} disabled={body === null || !isAllowed} leftSection={<IconFlame size={17} aria-hidden />}>
              {t("job.launch")}
            </Button>
            {body !== null && <CodeButton title={t("code.launch_title")} steps={launchSteps(body, t)} />}
            {form.versionId === null && <span className="small muted">{t("job.choose_dataset")}</span>}
            {form.versionId !== null && form.baseModel === null && <span className="small muted">{t("job.no_base_model", { task: taskName(task, t) })}</span>}
            {form.versionId !== null && form.baseModel !== null && body === null && <span className="small muted">{t("job.fix_settings")}</span>}
          </div>
        </div>
      </Section>
    </form>
  );
}
