import { Switch } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";

import { Section } from "@/components/section.tsx";
import { AppendFiles } from "@/features/datasets/append-files.tsx";
import { chosenColumns, guessColumns, mappedRoles, type OwnColumns } from "@/features/datasets/append-fit.ts";
import { datasetCalls } from "@/features/datasets/calls.ts";
import { useAppendFiles } from "@/features/datasets/change-queries.ts";
import { chosen } from "@/features/datasets/mapping.ts";
import { FileSources } from "@/features/datasets/file-sources.tsx";
import { GrowPage } from "@/features/datasets/grow-page.tsx";
import { MakeVersion } from "@/features/datasets/make-version.tsx";
import classes from "@/features/datasets/new-dataset.module.css";
import { splitPolicy } from "@/features/datasets/split-policy.ts";
import { UploadItem } from "@/features/datasets/upload-item.tsx";
import { uploadsHint } from "@/features/datasets/upload-queue.ts";
import { useMadeVersion } from "@/features/datasets/use-made-version.ts";
import { useHeads } from "@/features/datasets/use-heads.ts";
import { useUploads } from "@/features/datasets/use-uploads.ts";
import type { Dataset, DatasetVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export function AppendPage() {
  const { t } = useI18n();
  return (
    <GrowPage title={t("append.title")} lead={(name) => t("append.lead", { name })}>
      {(dataset, version) => <AppendForm dataset={dataset} version={version} />}
    </GrowPage>
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
  const heads = useHeads(queue);
  const [own, setOwn] = useState<Readonly<Record<string, OwnColumns>>>({});
  const ownOf = (id: string): OwnColumns => {
    const head = heads.get(id);
    return own[id] ?? (head ? guessColumns(wanted, head.columns) : {});
  };
  const isBusy = append.isPending || made.isAtWork;
  const why = uploadsHint(queue);
  const canSubmit = why === null && !isBusy;

  const files = queue.filter(({ state }) => state === "done").map(({ id, uploadId, split }) => {
    const columns = chosenColumns(ownOf(id));
    return { upload_id: uploadId ?? "", split, ...(Object.keys(columns).length > 0 ? { columns } : {}) };
  });
  const body = { files, skip_bad_rows: skipsBadRows };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!canSubmit) return;
    append.mutate(
      body,
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
          <AppendFiles
            queue={queue}
            heads={heads}
            wanted={wanted}
            ownOf={ownOf}
            onChoose={(id, role, column) => setOwn({ ...own, [id]: chosen(ownOf(id), role, column) })}
          />
        </Section>
      )}
      <Section title={t("preview.split")} hint={t("append.split_hint")} isSplit>
        <ul className="prose">
          {splitPolicy(dataset, version, t, (share) => format.percent(share, 0)).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </Section>
      <MakeVersion
        version={version}
        made={made}
        isBusy={isBusy}
        canSubmit={canSubmit}
        error={append.error}
        onLook={() => append.reset()}
        calls={[datasetCalls.append(dataset.id, body)]}
        label={(next) => t("append.make", { version: next })}
        hint={why === null ? null : t(why)}
      >
        <Switch
          label={t("append.skip")}
          description={t("append.skip_hint")}
          checked={skipsBadRows}
          onChange={(event) => setSkipsBadRows(event.currentTarget.checked)}
        />
      </MakeVersion>
    </form>
  );
}
