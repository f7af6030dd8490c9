import { Button, Switch } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";
import { useParams } from "react-router";

import { PageHeader } from "@/components/page-header.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { AppendFiles } from "@/features/datasets/append-files.tsx";
import { mappedRoles } from "@/features/datasets/append-fit.ts";
import { useAppendFiles } from "@/features/datasets/change-queries.ts";
import { ChangeRefused } from "@/features/datasets/change-refused.tsx";
import { ChangeWaiting } from "@/features/datasets/change-waiting.tsx";
import { useDataset } from "@/features/datasets/dataset-queries.ts";
import { FileSources } from "@/features/datasets/file-sources.tsx";
import { GrowGate } from "@/features/datasets/grow-gate.tsx";
import classes from "@/features/datasets/new-dataset.module.css";
import { splitPolicy } from "@/features/datasets/split-policy.ts";
import { StaleNotice } from "@/features/datasets/stale-notice.tsx";
import { UploadItem } from "@/features/datasets/upload-item.tsx";
import { isComplete } from "@/features/datasets/upload-queue.ts";
import { useMadeVersion } from "@/features/datasets/use-made-version.ts";
import { useUploads } from "@/features/datasets/use-uploads.ts";
import { versionName } from "@/features/datasets/version-words.ts";
import type { Dataset, DatasetVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export function AppendPage() {
  const { datasetId = "" } = useParams();
  const { t } = useI18n();
  const dataset = useDataset(datasetId);
  return (
    <>
      {!dataset.data && <h1 className="visually-hidden">{t("append.title")}</h1>}
      <QueryView query={dataset} lines={6}>
        {(data) => (
          <>
            <PageHeader
              title={t("append.title")}
              lead={t("append.lead", { name: data.name })}
              back={{ to: `/datasets/${data.id}?tab=rows`, label: data.name }}
            />
            <GrowGate dataset={data}>{(version) => <AppendForm dataset={data} version={version} />}</GrowGate>
          </>
        )}
      </QueryView>
    </>
  );
}

interface Props {
  dataset: Dataset;
  version: DatasetVersion;
}

/** Files, what they bring, how their rows are divided; in the end a version. */
function AppendForm({ dataset, version }: Props) {
  const { t, format } = useI18n();
  const uploads = useUploads(dataset.id);
  const append = useAppendFiles(dataset.id);
  const made = useMadeVersion(dataset.id);
  const [skipsBadRows, setSkipsBadRows] = useState(false);
  const { queue } = uploads;
  const wanted = mappedRoles(version, dataset.roles);
  const next = versionName({ number: version.number + 1 });
  const isBusy = append.isPending || made.isAtWork;
  const canSubmit = isComplete(queue) && !isBusy;

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!canSubmit) return;
    const files = queue.filter(({ state }) => state === "done").map(({ uploadId, split }) => ({ upload_id: uploadId ?? "", split }));
    append.mutate(
      { files, skip_bad_rows: skipsBadRows },
      {
        onSuccess: (change) => {
          uploads.forget();
          made.follow(change);
        },
      },
    );
  };
  return (
    <form onSubmit={submit} noValidate>
      <Section title={t("upload.files")} hint={t("append.files_hint", { columns: format.list(wanted.map(({ column }) => column)) })} isSplit>
        <div className="stack">
          <FileSources uploads={uploads} />
          {queue.length > 0 && (
            <ul className={classes["list"]} aria-label={t("upload.files")}>
              {queue.map((item, index) => (
                <UploadItem key={item.id} item={item} uploads={uploads} isFirst={index === 0} />
              ))}
            </ul>
          )}
        </div>
      </Section>
      {queue.length > 0 && (
        <Section title={t("append.brought")} hint={t("append.brought_hint")} isSplit>
          <AppendFiles queue={queue} wanted={wanted} />
        </Section>
      )}
      <Section title={t("preview.split")} hint={t("append.split_hint")} isSplit>
        <ul className="prose">
          {splitPolicy(dataset, version, t, (share) => format.percent(share, 0)).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </Section>
      <Section title={t("append.new_version", { version: next })} hint={t("append.new_version_hint", { version: versionName(version) })} isSplit>
        <div className="stack">
          <Switch
            label={t("append.skip")}
            description={t("append.skip_hint")}
            checked={skipsBadRows}
            onChange={(event) => setSkipsBadRows(event.currentTarget.checked)}
          />
          {made.isAtWork && <ChangeWaiting change={made.change} />}
          {made.change?.state === "failed" && !isBusy && <ChangeRefused change={made.change} />}
          <StaleNotice error={append.error} onLook={() => append.reset()} />
          <div className="row">
            <Button type="submit" loading={isBusy} disabled={!canSubmit}>
              {t("append.make", { version: next })}
            </Button>
            {!isComplete(queue) && <span className="small muted">{t(queue.length === 0 ? "append.none" : "upload.wait")}</span>}
          </div>
        </div>
      </Section>
    </form>
  );
}
