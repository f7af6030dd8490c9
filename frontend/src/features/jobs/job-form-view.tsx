import { Button } from "@mantine/core";
import { type SyntheticEvent, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { ErrorPanel } from "@/components/error-panel.tsx";
import { Notice } from "@/components/notice.tsx";
import { Section } from "@/components/section.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { compareAddress } from "@/features/compare/compare-address.ts";
import { useDatasets, useDatasetVersions, useNamedDataset } from "@/features/datasets/dataset-queries.ts";
import { BatchSection } from "@/features/jobs/batch-section.tsx";
import { ChoiceSection } from "@/features/jobs/choice-section.tsx";
import { ExpertSection } from "@/features/jobs/expert-section.tsx";
import { type JobForm, jobBody, wrongField } from "@/features/jobs/job-form.ts";
import { settled } from "@/features/jobs/job-limit.ts";
import { useBaseModels, useLaunchJob } from "@/features/jobs/job-queries.ts";
import { choiceOf, type ChoiceSettings, settingsIn, settingsOf, withChoice } from "@/features/jobs/launch-choices.ts";
import { draftKey, keptLaunch, type LaunchDraft, NO_BATCH } from "@/features/jobs/launch-draft.ts";
import { pathsIn } from "@/features/jobs/launch-parts.ts";
import { LaunchPanel } from "@/features/jobs/launch-panel.tsx";
import classes from "@/features/jobs/launch.module.css";
import { LimitSection } from "@/features/jobs/limit-section.tsx";
import type { Marked } from "@/features/jobs/proposal.ts";
import { ReadingPanel } from "@/features/jobs/reading-panel.tsx";
import { launchOf, SpecSection, useSpecSchema } from "@/features/jobs/spec-section.tsx";
import { formFromBody, specText } from "@/features/jobs/spec-text.ts";
import { useBatch } from "@/features/jobs/use-batch.ts";
import { useEstimates } from "@/features/jobs/use-estimate.ts";
import { useLaunchDraft } from "@/features/jobs/use-launch-draft.ts";
import { WhatForSection } from "@/features/jobs/what-for-section.tsx";
import { ReadOnlyNotice } from "@/features/session/read-only-notice.tsx";
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

/** Three decisions, everything else folded, and beside them what they come to. */
export function JobFormView({ initial, marked = null }: Props) {
  const { t, format } = useI18n();
  const { tenant, user, currency } = useWorkspace();
  const page = useRef<HTMLFormElement>(null);
  const { search } = useLocation();
  const navigate = useNavigate();
  const datasets = useDatasets();
  const baseModels = useBaseModels();
  const launch = useLaunchJob();
  const keyFor = useIdempotencyKey();
  const [key] = useState(() => draftKey({ tenantId: tenant.id, userId: user.id, search }));
  const [kept, setKept] = useState(() => keptLaunch(key));
  const [chosen, setChosen] = useState<JobForm>(kept?.form ?? initial);
  // Settings of one's own outlive a look at another choice.
  const [own, setOwn] = useState<ChoiceSettings | null>(kept?.own ?? null);
  // While this is a text, it is what is launched, and the form waits.
  const [text, setText] = useState<string | null>(kept?.text ?? null);
  const [isBatchSent, setIsBatchSent] = useState(false);
  const schema = useSpecSchema(text !== null);

  const isAllowed = canWrite(tenant);
  const models = baseModels.data?.data ?? [];
  const usable = datasets.data?.pages.flatMap((page) => page.data).filter((dataset) => dataset.latest_version !== null) ?? [];
  const datasetId = chosen.datasetId ?? (usable.length === 1 && !datasets.hasNextPage ? (usable[0]?.id ?? null) : null);
  // It may be far down the list, of which only the beginning is loaded.
  const named = useNamedDataset(datasetId);
  const dataset = usable.find((entry) => entry.id === datasetId) ?? (named.data?.latest_version ? named.data : undefined);
  const found = useDatasetVersions(datasetId ?? "", dataset?.latest_version?.id ?? null);
  const versions = found.data?.data ?? (dataset?.latest_version ? [dataset.latest_version] : []);
  const task = dataset?.task ?? chosen.task;
  const able = models.filter((model) => model.tasks.includes(task));
  const form: JobForm = {
    ...chosen,
    datasetId,
    task,
    versionId: chosen.versionId ?? dataset?.latest_version?.id ?? null,
    baseModel: able.find((model) => model.slug === chosen.baseModel)?.slug ?? settingsOf("balanced", task, models)?.baseModel ?? null,
  };
  const patch = (change: Partial<JobForm>) => setChosen((old) => settled({ ...old, ...change }, old));
  const choice = choiceOf(form, models);

  const document = text === null ? null : readJson(text);
  const body = document === null ? jobBody(form) : launchOf(document);
  const [estimated] = useEstimates([body], isAllowed);
  const batch = useBatch({ form, models, versions, title: form.name.trim() || (dataset?.name ?? ""), isAllowed, initial: kept?.batch ?? NO_BATCH });
  const isBatch = batch.isOn && text === null;
  const beginning: LaunchDraft = { form: initial, own: null, text: null, batch: NO_BATCH };
  useLaunchDraft({
    key,
    draft: { form: chosen, own, text, batch: batch.draft },
    beginning,
    // A batch keeps what it needs to be sent again.
    isPending: launch.isPending,
    isSent: launch.isSuccess || isBatchSent,
  });

  if (datasets.isError && !datasets.data) return <ErrorPanel error={datasets.error} onRetry={() => void datasets.refetch()} />;
  if (baseModels.isError && !baseModels.data) return <ErrorPanel error={baseModels.error} onRetry={() => void baseModels.refetch()} />;
  if (named.isError && !dataset && !asApiError(named.error).isMissing) return <ErrorPanel error={named.error} onRetry={() => void named.refetch()} />;
  if (!datasets.data || !baseModels.data || (datasetId !== null && named.isPending)) return <Skeleton lines={6} />;
  if (usable.length === 0 && !datasets.hasNextPage && !dataset) {
    return (
      <StatePanel title={t("job.no_dataset_title")} action={<ButtonLink to="/datasets/new">{t("dataset.new")}</ButtonLink>}>
        <p>{t("job.no_dataset_hint")}</p>
      </StatePanel>
    );
  }

  const error = launch.error === null ? null : asApiError(launch.error);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!isAllowed) return;
    if (isBatch) {
      void batch.launch().then((jobs) => {
        if (jobs === null) return;
        setIsBatchSent(true);
        void navigate(jobs.length === 1 ? `/jobs/${jobs[0]?.id ?? ""}` : compareAddress({ ids: jobs.map(({ id }) => id), baseline: null }));
      });
      return;
    }
    // A second click while the first is on its way, or has just arrived, is the same launch.
    if (body === null || launch.isPending || launch.isSuccess) return;
    launch.mutate({ body, key: keyFor(body) }, { onSuccess: (job) => void navigate(`/jobs/${job.id}`) });
  };
  const choose = (settings: ChoiceSettings) => {
    if (choice === null) setOwn(settingsIn(form));
    setChosen((old) => withChoice(old, settings));
  };
  const edit = (next: string) => {
    launch.reset();
    setText(next);
  };
  const leaveText = () => {
    launch.reset();
    if (body !== null) setChosen(formFromBody(body, form, schema.data ?? null));
    setText(null);
  };
  const discard = () => {
    launch.reset();
    setKept(null);
    setChosen(initial);
    setOwn(null);
    setText(null);
    batch.restore(NO_BATCH);
  };
  const beyond = pathsIn(form.beyond);
  const blocked = () => {
    if (form.versionId === null) return t("job.choose_dataset");
    if (form.baseModel === null) return t("job.no_base_model", { task: taskName(task, t) });
    if (body !== null) return null;
    const field = wrongField(form);
    return field === null ? (
      t("job.fix_text")
    ) : (
      <Button variant="subtle" size="compact-sm" onClick={() => goToWrong(page.current)}>
        {t("job.fix_field", { field: t(field, { currency: format.currencySign(currency) }) })}
      </Button>
    );
  };
  return (
    <form ref={page} onSubmit={submit} noValidate className={classes["page"]}>
      <div>
        {!isAllowed && <ReadOnlyNotice />}
        {kept !== null && (
          <Notice
            tone="info"
            action={
              <Button size="xs" variant="subtle" onClick={discard}>
                {t("job.draft_discard")}
              </Button>
            }
          >
            {t("job.draft_restored")}
          </Notice>
        )}
        {text === null || document === null ? (
          <>
            {beyond.length > 0 && (
              <Notice
                tone="info"
                action={
                  <>
                    {body !== null && (
                      <Button size="xs" variant="default" onClick={() => edit(specText(body, null))}>
                        {t("spec.again")}
                      </Button>
                    )}
                    <Button size="xs" variant="subtle" onClick={() => patch({ beyond: {} })}>
                      {t("spec.leave_out")}
                    </Button>
                  </>
                }
              >
                {t("spec.beyond", { paths: format.list(beyond) })}
              </Notice>
            )}
            <WhatForSection form={form} dataset={dataset} versions={versions} error={error} onChange={patch} />
            {able.length === 0 ? (
              <Notice tone="warning" title={t("job.no_base_model", { task: taskName(task, t) })}>
                {t("job.add_base_model")}
              </Notice>
            ) : (
              <>
                <ChoiceSection form={form} choice={choice} own={own} models={models} isAllowed={isAllowed} onChoose={choose} />
                <LimitSection form={form} hasPrice={estimated?.data == null ? null : estimated.data.price !== null} error={error} onChange={setChosen} />
                <ExpertSection form={form} choice={choice} models={models} marked={marked} error={error} onChange={patch} />
                <BatchSection
                  batch={batch.isOn ? batch : null}
                  task={task}
                  models={models}
                  versions={versions}
                  isPending={batch.isPending}
                  onTurn={batch.turn}
                  onAxes={batch.setAxes}
                  onToggle={batch.toggle}
                />
              </>
            )}
          </>
        ) : (
          <SpecSection text={text} document={document} isAllowed={isAllowed} refusal={error} onChange={edit} onBack={leaveText} />
        )}
        {able.length > 0 && (
          <Section title={t("tokens.title")} hint={t("tokens.hint")}>
            <ReadingPanel body={body} isAllowed={isAllowed} />
          </Section>
        )}
      </div>
      <LaunchPanel
        body={body}
        batch={isBatch ? batch.state : null}
        name={text === null ? form.name : null}
        blocked={blocked()}
        isAllowed={isAllowed}
        isPending={isBatch ? batch.isPending : launch.isPending}
        error={error}
        onName={(name) => patch({ name })}
        onEditText={text === null && body !== null && !isBatch ? () => edit(specText(body, null)) : null}
      />
    </form>
  );
}

/** The first field that is wrong, out of all folds that it lies in. */
function goToWrong(page: HTMLElement | null): void {
  const field = page?.querySelector<HTMLElement>('[aria-invalid="true"]');
  for (let fold = field?.closest("details"); fold; fold = fold.parentElement?.closest("details")) fold.open = true;
  field?.focus();
}
