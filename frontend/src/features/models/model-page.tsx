import { Select } from "@mantine/core";
import { useState } from "react";
import { Link, useParams } from "react-router";

import { CopyField } from "@/components/copy-field.tsx";
import { type Fact, Facts } from "@/components/facts.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { ResultValue } from "@/components/result-value.tsx";
import { Section } from "@/components/section.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { ArtifactList } from "@/features/models/artifact-list.tsx";
import { ModelActions } from "@/features/models/model-actions.tsx";
import { useModel, useModelVersions } from "@/features/models/model-queries.ts";
import classes from "@/features/models/model.module.css";
import { isServed, NotServed } from "@/features/models/not-served.tsx";
import { predictExample, pythonExample } from "@/features/models/predict-example.ts";
import { TryIt } from "@/features/models/try-it.tsx";
import { VerdictChip } from "@/features/models/verdict-chip.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Model, ModelVersion, Summary } from "@/lib/api-types.ts";
import { type I18n, useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";
import { canWrite } from "@/lib/permissions.ts";
import { taskName } from "@/lib/tasks.ts";

export function ModelPage() {
  const { modelId = "" } = useParams();
  const { t } = useI18n();
  const model = useModel(modelId);
  return (
    <>
      {!model.data && <h1 className="visually-hidden">{t("nav.models")}</h1>}
      <QueryView query={model} lines={6}>
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
  const versions = useModelVersions(model.id);
  const [chosen, setChosen] = useState<string | null>(null);
  const all = versions.data?.data ?? (model.latest_version ? [model.latest_version] : []);
  const version = all.find((entry) => entry.id === chosen) ?? model.latest_version;
  return (
    <>
      <PageHeader
        title={model.name}
        trail={[{ to: "/models", label: t("nav.models") }]}
        lead={`${model.base_model} · ${taskName(model.task, t)}`}
        actions={
          <>
            {all.length > 1 && (
              <Select
                aria-label={t("model.version")}
                w={120}
                allowDeselect={false}
                data={all.map((entry) => ({ value: entry.id, label: `v${entry.number}` }))}
                value={version?.id ?? null}
                onChange={setChosen}
              />
            )}
            {canWrite(tenant.role) && <ModelActions model={model} />}
          </>
        }
      />
      {version ? <VersionView key={version.id} version={version} task={model.task} /> : <p className="muted">{t("model.no_version")}</p>}
      <Section title={t("model.versions")}>
        <QueryView query={versions} lines={2}>
          {({ data }) => <VersionTable versions={data} />}
        </QueryView>
      </Section>
    </>
  );
}

function VersionView({ version, task }: { version: ModelVersion; task: string }) {
  const i18n = useI18n();
  const { t, format } = i18n;
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
            <ul className={classes["labels"]} aria-label={t("dataset.labels")}>
              {version.labels.map((label) => (
                <li key={label} className="wrap">
                  {label}
                </li>
              ))}
            </ul>
          )}
        </div>
      </Section>
      <Section title={t("try.title")} hint={t("try.subtitle")}>
        {isServed(version, task) ? <TryIt versionId={version.id} task={task} sample={null} /> : <NotServed task={task} />}
      </Section>
      <Section title={t("artifact.title")} hint={t("artifact.hint")}>
        <ArtifactList artifacts={version.artifacts} />
      </Section>
      {isServed(version, task) && (
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
  return (
    <TableScroll label={t("model.versions")}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("model.version")}</th>
            <th scope="col" className="num">
              {t("job.result")}
            </th>
            <th scope="col">{t("model.verdict")}</th>
            <th scope="col" className="num">
              {t("field.created")}
            </th>
            <th scope="col">{t("model.made_by")}</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((version) => (
            <tr key={version.id}>
              <th scope="row">v{version.number}</th>
              <td className="num">
                <ResultValue summary={version.summary} />
              </td>
              <td><VerdictChip outcome={version.summary.verdict} /></td>
              <td className="num">{format.dateTime(version.created_at)}</td>
              <td><Link to={`/jobs/${version.job_id}`}>{t("model.see_job")}</Link></td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
