import { Select } from "@mantine/core";
import { IconArrowMerge } from "@tabler/icons-react";
import { type SyntheticEvent, useState } from "react";

import { ButtonLink } from "@/components/button-link.tsx";
import { Notice } from "@/components/notice.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { datasetCalls } from "@/features/datasets/calls.ts";
import { useMergeVersion } from "@/features/datasets/change-queries.ts";
import { useDatasetVersions } from "@/features/datasets/dataset-queries.ts";
import classes from "@/features/datasets/dataset.module.css";
import { GrowPage } from "@/features/datasets/grow-page.tsx";
import { MakeVersion } from "@/features/datasets/make-version.tsx";
import { partFits } from "@/features/datasets/merge-fit.ts";
import { MergePreview } from "@/features/datasets/merge-preview.tsx";
import { useMadeVersion } from "@/features/datasets/use-made-version.ts";
import { useMergeable } from "@/features/datasets/use-mergeable.ts";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { versionName } from "@/features/datasets/version-words.ts";
import { asApiError } from "@/lib/api-error.ts";
import type { Dataset, DatasetVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partName, taskName } from "@/lib/tasks.ts";

export function MergePage() {
  const { t } = useI18n();
  return (
    <GrowPage title={t("merge.title")} lead={(name) => t("merge.lead", { name })}>
      {(dataset, version) => <OtherChoice dataset={dataset} version={version} />}
    </GrowPage>
  );
}

interface Props {
  dataset: Dataset;
  version: DatasetVersion;
}

/** Which datasets there are to choose from, if any. */
function OtherChoice({ dataset, version }: Props) {
  const { t } = useI18n();
  const others = useMergeable(dataset);
  return (
    <QueryView query={others} lines={4}>
      {(data) =>
        data.length === 0 ? (
          <StatePanel icon={<IconArrowMerge size={28} />} title={t("merge.none_title")} action={<ButtonLink to="/datasets/new">{t("dataset.new")}</ButtonLink>}>
            <p>{t("merge.none_hint", { task: taskName(dataset.task, t) })}</p>
          </StatePanel>
        ) : (
          <MergeForm dataset={dataset} version={version} others={data} />
        )
      }
    </QueryView>
  );
}

/** A version of another dataset, what fits and what does not; in the end a version of this one. */
function MergeForm({ dataset, version, others }: Props & { others: readonly Dataset[] }) {
  const { t, format } = useI18n();
  const merge = useMergeVersion(dataset.id);
  const made = useMadeVersion(dataset.id);
  const [otherId, setOtherId] = useState<string | null>(null);
  const [versionId, setVersionId] = useState<string | null>(null);
  const other = others.find(({ id }) => id === otherId);
  const versions = useDatasetVersions(other?.id ?? "", other?.latest_version?.id ?? null);
  const choices = other ? (versions.data?.data ?? (other.latest_version ? [other.latest_version] : [])) : [];
  const chosen = choices.find(({ id }) => id === versionId) ?? choices[0];
  const parts = chosen ? partFits(version, chosen, dataset.roles) : [];
  const lost = parts.filter(({ fit }) => fit === "only_there").map(({ role }) => partName(role, t));
  const isBusy = merge.isPending || made.isAtWork;
  const canSubmit = chosen !== undefined && lost.length === 0 && !isBusy;
  const refusal = merge.error === null ? null : asApiError(merge.error);
  const atVersion = refusal?.messageFor("version_id") ?? null;

  const body = chosen && { version_id: chosen.id, base_version_id: version.id };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (canSubmit && body) merge.mutate(body, { onSuccess: made.follow });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Section title={t("merge.what")} hint={t("merge.what_hint", { task: taskName(dataset.task, t) })} isSplit>
        <div className={classes["form"]}>
          <Select
            label={t("merge.dataset")}
            placeholder={t("merge.choose")}
            data={others.map((one) => ({ value: one.id, label: one.name }))}
            value={otherId}
            searchable
            allowDeselect={false}
            nothingFoundMessage={t("merge.no_match")}
            onChange={(id) => {
              setOtherId(id);
              setVersionId(null);
              merge.reset();
            }}
          />
          <Select
            label={t("dataset.version")}
            data={choices.map((one) => ({ value: one.id, label: t("merge.version_rows", { version: versionName(one), count: totalRows(one) }) }))}
            value={chosen?.id ?? null}
            allowDeselect={false}
            disabled={other === undefined}
            error={atVersion}
            onChange={(id) => {
              setVersionId(id);
              merge.reset();
            }}
          />
        </div>
      </Section>
      {chosen && <MergePreview here={version} there={chosen} parts={parts} />}
      <MakeVersion
        version={version}
        made={made}
        isBusy={isBusy}
        canSubmit={canSubmit}
        error={atVersion === null ? merge.error : null}
        onLook={() => merge.reset()}
        calls={body ? [datasetCalls.merge(dataset.id, body)] : []}
        label={(next) => t("merge.make", { version: next })}
        hint={chosen === undefined ? t("merge.choose_first") : null}
      >
        {lost.length > 0 && (
          <Notice tone="error" isAlert>
            {t("merge.blocked", { parts: format.list(lost) })}
          </Notice>
        )}
      </MakeVersion>
    </form>
  );
}
