import { Button } from "@mantine/core";
import { useId, useState } from "react";
import { Link, useSearchParams } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { MoreButton } from "@/components/more-button.tsx";
import { datasetCalls } from "@/features/datasets/calls.ts";
import { ConfirmChange } from "@/features/datasets/confirm-change.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { useRestore, useUndo } from "@/features/datasets/change-queries.ts";
import { useDatasetVersions } from "@/features/datasets/dataset-queries.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { ExportMenu } from "@/features/datasets/export-menu.tsx";
import { FindingEffect } from "@/features/datasets/finding-effect.tsx";
import { mappingText } from "@/features/datasets/mapping.ts";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { VersionDiff } from "@/features/datasets/version-diff.tsx";
import { changeDetail, differenceText, differenceWords, madeBy, versionName } from "@/features/datasets/version-words.ts";
import classes from "@/features/datasets/versions.module.css";
import { useFoundVersions } from "@/features/models/model-queries.ts";
import type { DatasetChange, DatasetVersion, ModelVersionDetail } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useFirst } from "@/lib/use-first.ts";

const DIGEST_LENGTH = 12;
/** The newest ones; a page of the list. */
const MOST_MODELS = 100;

/** Where each version came from, what two of them differ in, and the way back to any. */
export function VersionsPanel() {
  const { t } = useI18n();
  const { dataset, version: latest, isWriter, isBusy, follow } = useDatasetWork();
  const [params, setParams] = useSearchParams();
  const versions = useDatasetVersions(dataset.id, latest.id);
  const models = useFoundVersions({ dataset_id: dataset.id, limit: MOST_MODELS });
  const undo = useUndo(dataset.id);
  const restore = useRestore(dataset.id);
  const [asked, setAsked] = useState<{ kind: "undo" } | { kind: "restore"; version: DatasetVersion } | null>(null);
  const compare = (number: number, against: number) => setParams({ tab: "versions", version: String(number), against: String(against) }, { preventScrollReset: true });
  const close = () => setAsked(null);
  const done = {
    onSuccess: (change: DatasetChange) => {
      follow(change);
      close();
    },
  };
  const next = `v${latest.number + 1}`;
  const { shown, more } = useFirst(versions.data?.data ?? []);
  return (
    <QueryView query={versions} lines={5}>
      {({ data }) => {
        const parent = data.find(({ id }) => id === latest.parent_id);
        return (
          <>
            <Section
              title={t("versions.title")}
              hint={t("versions.hint")}
              actions={
                isWriter && parent ? (
                  <Button
                    variant="default"
                    disabled={isBusy}
                    onClick={() => {
                      undo.reset();
                      setAsked({ kind: "undo" });
                    }}
                  >
                    {t("versions.undo", { version: versionName(latest) })}
                  </Button>
                ) : undefined
              }
            >
              <ol className={classes["versions"]} aria-label={t("versions.title")}>
                {shown.map((version) => (
                  <VersionEntry
                    key={version.id}
                    version={version}
                    parent={data.find(({ id }) => id === version.parent_id)}
                    models={models.data?.data.filter((model) => model.dataset_version_id === version.id) ?? []}
                    onCompare={compare}
                    onRestore={() => {
                      restore.reset();
                      setAsked({ kind: "restore", version });
                    }}
                  />
                ))}
              </ol>
              <MoreButton onMore={more} />
            </Section>
            {data.length > 1 && <VersionDiff versions={data} params={params} onCompare={compare} />}
            {asked?.kind === "undo" && parent && (
              <ConfirmChange
                title={t("versions.undo", { version: versionName(latest) })}
                confirmLabel={t("change.undo")}
                isPending={undo.isPending}
                error={undo.error}
                calls={[datasetCalls.undo(dataset.id)]}
                onClose={close}
                onConfirm={() => undo.mutate(latest.id, done)}
              >
                {t("versions.restore_hint", { version: versionName(parent), next, count: totalRows(parent) })}
              </ConfirmChange>
            )}
            {asked?.kind === "restore" && (
              <ConfirmChange
                title={t("versions.restore_title", { version: versionName(asked.version) })}
                confirmLabel={t("versions.restore")}
                isPending={restore.isPending}
                error={restore.error}
                calls={[datasetCalls.restore(asked.version.id)]}
                onClose={close}
                onConfirm={() => restore.mutate({ versionId: asked.version.id, latestId: latest.id }, done)}
              >
                {t("versions.restore_hint", { version: versionName(asked.version), next, count: totalRows(asked.version) })}
              </ConfirmChange>
            )}
          </>
        );
      }}
    </QueryView>
  );
}

interface EntryProps {
  version: DatasetVersion;
  parent: DatasetVersion | undefined;
  /** What was made from it. */
  models: readonly ModelVersionDetail[];
  onCompare: (number: number, against: number) => void;
  onRestore: () => void;
}

function VersionEntry({ version, parent, models, onCompare, onRestore }: EntryProps) {
  const { t, format } = useI18n();
  const { dataset, version: latest, isWriter, canTakeAway, isBusy } = useDatasetWork();
  const isLatest = version.id === latest.id;
  const detail = changeDetail(version, t, format.list);
  const effectId = useId();
  const [isEffectShown, setIsEffectShown] = useState(isLatest);
  const difference = parent ? differenceText(version, format.integer) : null;
  return (
    <li className={classes["version"]} data-latest={isLatest || undefined}>
      <div className={classes["words"]}>
        <p className={classes["name"]}>
          <strong>{versionName(version)}</strong>
          <span>{madeBy(version, t)}</span>
          {difference !== null && (
            <span className={classes["difference"]}>
              <span aria-hidden>{difference}</span>
              <span className="visually-hidden">{differenceWords(version, t, format.list)}</span>
            </span>
          )}
          {isLatest && <span className={classes["latest"]}>{t("versions.latest")}</span>}
        </p>
        <p className={classes["facts"]}>
          {parent && <span>{t("versions.from", { version: versionName(parent) })}</span>}
          {version.created_by && (
            <span>
              <bdi>{version.created_by.email}</bdi>
            </span>
          )}
          <span>{format.dateTime(version.created_at)}</span>
          <span>
            {t("versions.rows", {
              train: version.num_rows.train,
              validation: version.num_rows.validation,
              test: version.num_rows.test,
            })}
          </span>
          <span>{format.bytes(version.size_bytes)}</span>
          <code title={version.sha256}>{version.sha256.slice(0, DIGEST_LENGTH)}</code>
        </p>
        {detail !== null && <p className={classes["facts"]}>{detail}</p>}
        {models.length > 0 && (
          <p className={classes["facts"]}>
            <span>{t("versions.models")}</span>
            {models.map((model) => (
              <Link key={model.id} to={`/models/${model.model_id}?version=${model.id}#lineage`}>
                <bdi>{model.model_name}</bdi> v{model.number}
              </Link>
            ))}
          </p>
        )}
        <p className={classes["facts"]}>{mappingText(version, dataset.roles)}</p>
      </div>
      <div className={classes["actions"]}>
        {version.change?.finding_id !== undefined && (
          <Button size="xs" variant="default" aria-expanded={isEffectShown} aria-controls={effectId} onClick={() => setIsEffectShown(!isEffectShown)}>
            {t("effect.title")}
          </Button>
        )}
        {parent && (
          <Button size="xs" variant="default" onClick={() => onCompare(version.number, parent.number)} aria-label={t("versions.compare_with", { version: versionName(version), against: versionName(parent) })}>
            {t("versions.compare")}
          </Button>
        )}
        {isWriter && !isLatest && (
          <Button size="xs" variant="default" disabled={isBusy} onClick={onRestore} aria-label={t("versions.restore_title", { version: versionName(version) })}>
            {t("versions.restore")}
          </Button>
        )}
        {canTakeAway && <ExportMenu version={version} isOffered={isLatest} />}
        {isWriter && (
          <ButtonLink size="xs" variant="default" to={`/jobs/new?dataset=${dataset.id}&version=${version.id}`}>
            {t("job.train_on", { version: versionName(version) })}
          </ButtonLink>
        )}
      </div>
      {version.change?.finding_id !== undefined && isEffectShown && (
        <div id={effectId} className={classes["effect"]}>
          <FindingEffect findingId={version.change.finding_id} />
        </div>
      )}
    </li>
  );
}
