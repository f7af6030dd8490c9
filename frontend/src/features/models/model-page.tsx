import { Select } from "@mantine/core";
import { Link, useParams, useSearchParams } from "react-router";

import { Anchor } from "@/components/anchor.tsx";
import { ButtonLink } from "@/components/button-link.tsx";
import { CopyField } from "@/components/copy-field.tsx";
import { type Fact, Facts } from "@/components/facts.tsx";
import { MoreButton } from "@/components/more-button.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { PrintButton } from "@/components/print-button.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { ResultValue } from "@/components/result-value.tsx";
import { Section } from "@/components/section.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { ArtifactList } from "@/features/models/artifact-list.tsx";
import { LineageSection } from "@/features/models/lineage-view.tsx";
import { ModelActions } from "@/features/models/model-actions.tsx";
import { ModelCardSection } from "@/features/models/model-card.tsx";
import { modelCode } from "@/features/models/model-code.ts";
import { useHopedName, useModel, useModelVersions } from "@/features/models/model-queries.ts";
import classes from "@/features/models/model.module.css";
import { isServed, NotServed } from "@/features/models/not-served.tsx";
import { predictExample, pythonExample } from "@/features/models/predict-example.ts";
import { TrySection } from "@/features/models/try-section.tsx";
import { VerdictChip } from "@/features/models/verdict-chip.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { ShareButton } from "@/features/share/share-button.tsx";
import type { Model, ModelVersion, Summary } from "@/lib/api-types.ts";
import { type I18n, useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";
import { canWrite, isActive } from "@/lib/permissions.ts";
import { taskName } from "@/lib/tasks.ts";
import { useFirst } from "@/lib/use-first.ts";

export function ModelPage() {
  const { modelId = "" } = useParams();
  const { t } = useI18n();
  const model = useModel(modelId);
  return (
    <>
      {!model.data && <h1 className="visually-hidden">{t("nav.models")}</h1>}
      <QueryView query={model} lines={6} wayOn={<ButtonLink to="/models">{t("nav.models")}</ButtonLink>}>
        {(data) => <ModelView model={data} />}
      </QueryView>
    </>
  );
}

interface Props {
  model: Model;
}

function ModelView({ model }: Props) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const name = useHopedName(model);
  const { versions, all, version, isPending, isUnknown, choose } = useChosenVersion(model);
  return (
    <>
      <PageHeader
        title={name}
        code={modelCode(model, version, canWrite(tenant), t)}
        trail={[{ to: "/models", label: t("nav.models") }]}
        lead={`${model.base_model} · ${taskName(model.task, t)}`}
        actions={
          <>
            {all.length > 1 && (
              <div data-print="never">
                <Select
                  aria-label={t("model.version")}
                  w={120}
                  allowDeselect={false}
                  data={all.map((entry) => ({ value: entry.id, label: `v${entry.number}` }))}
                  value={version?.id ?? null}
                  onChange={choose}
                />
              </div>
            )}
            <ShareButton />
            {version && <PrintButton />}
            {canWrite(tenant) && <ModelActions model={model} />}
          </>
        }
      />
      {isUnknown && <Notice tone="warning">{t("model.unknown_version")}</Notice>}
      {isPending && <Skeleton lines={6} />}
      {version && <VersionView key={version.id} version={version} model={model} />}
      {!version && !isPending && <p className="muted">{t("model.no_version")}</p>}
      <Section title={t("model.versions")}>
        <QueryView query={versions} lines={2}>
          {({ data }) => <VersionTable versions={data} />}
        </QueryView>
      </Section>
    </>
  );
}

/** The version that the address names, the newest where it names none. */
function useChosenVersion(model: Model) {
  const [params, setParams] = useSearchParams();
  const versions = useModelVersions(model.id);
  const asked = params.get("version");
  const all = versions.data?.data ?? (model.latest_version ? [model.latest_version] : []);
  const found = all.find(({ id }) => id === asked);
  const isPending = asked !== null && !found && versions.isPending;
  return {
    versions,
    all,
    version: isPending ? null : (found ?? model.latest_version),
    isPending,
    isUnknown: asked !== null && !found && !isPending,
    choose: (id: string | null) => {
      params.delete("version");
      if (id !== null && id !== model.latest_version?.id) params.set("version", id);
      setParams(params, { preventScrollReset: true });
    },
  };
}

function VersionView({ version, model }: { version: ModelVersion; model: Model }) {
  const { task } = model;
  const i18n = useI18n();
  const { t, format } = i18n;
  const { tenant } = useWorkspace();
  const isAsked = isActive(tenant) && isServed(version, task);
  const { summary } = version;
  return (
    <>
      <Section title={t("model.facts", { version: `v${version.number}` })}>
        <div className="stack">
          <Facts
            facts={[
              ...metricFacts(summary, i18n),
              { label: t("model.verdict"), value: <VerdictChip outcome={summary.verdict} /> },
              ...(version.labels.length > 0 ? [{ label: t("dataset.labels"), value: format.integer(version.labels.length) }] : []),
              { label: t("field.created"), value: format.dateTime(version.created_at) },
              { label: t("model.made_by"), value: <Link to={`/jobs/${version.job_id}`}>{t("model.see_job")}</Link> },
            ]}
          />
          {version.labels.length > 0 && (
            <ul className={classes["labels"]} data-print="whole" aria-label={t("dataset.labels")}>
              {version.labels.map((label) => (
                <li key={label} className="wrap">
                  {label}
                </li>
              ))}
            </ul>
          )}
        </div>
      </Section>
      <Anchor id="lineage">
        <LineageSection modelId={model.id} versionId={version.id} />
      </Anchor>
      {isAsked && (
        <Anchor id="try">
          <div data-print="never">
            <TrySection model={model} version={version} />
          </div>
        </Anchor>
      )}
      <Anchor id="files">
        <Section title={t("artifact.title")} hint={t("artifact.hint")}>
          <div className="stack">
            {!isServed(version, task) && <NotServed task={task} />}
            <ArtifactList artifacts={version.artifacts} />
          </div>
        </Section>
      </Anchor>
      <Anchor id="card">
        <ModelCardSection version={version} />
      </Anchor>
      {isAsked && (
        <Section title={t("model.api")} hint={t("model.api_hint")}>
          <div className="stack">
            <CopyField label={t("model.curl")} text={predictExample(location.origin, version.id, task)} />
            <CopyField label={t("model.python")} text={pythonExample(location.origin, version.id, task)} />
          </div>
        </Section>
      )}
    </>
  );
}

/** The figure of the verdict first, then the others. */
function metricFacts({ primary, metrics }: Summary, i18n: I18n): Fact[] {
  const names = [primary, ...Object.keys(metrics).filter((name) => name !== primary)];
  return names.flatMap((name) => {
    const value = metrics[name];
    const metric = describeMetric(name, i18n);
    return value === undefined ? [] : [{ label: metric.label, value: metric.value(value) }];
  });
}

function VersionTable({ versions }: { versions: readonly ModelVersion[] }) {
  const { t, format } = useI18n();
  const { shown, more } = useFirst(versions);
  return (
    <>
      <TableScroll label={t("model.versions")}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t("model.version")}</th>
              <th scope="col" className="num">
                {t("job.result")}
              </th>
              <th scope="col">{t("model.verdict")}</th>
              <th scope="col" className="num wide-only">
                {t("field.created")}
              </th>
              <th scope="col">{t("model.made_by")}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((version) => (
              <tr key={version.id}>
                <th scope="row">
                  <Link to={`?version=${version.id}`}>v{version.number}</Link>
                </th>
                <td className="num">
                  <ResultValue summary={version.summary} />
                </td>
                <td><VerdictChip outcome={version.summary.verdict} /></td>
                <td className="num wide-only">{format.dateTime(version.created_at)}</td>
                <td style={{ whiteSpace: "nowrap" }}>
                  <Link to={`/jobs/${version.job_id}`}>{t("model.see_job")}</Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      <MoreButton onMore={more} />
    </>
  );
}
