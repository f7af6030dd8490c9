import { ActionIcon, Button, Select } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useRef } from "react";

import { ProgressBar } from "@/components/progress-bar.tsx";
import { ACCEPTED } from "@/features/datasets/check-file.ts";
import { HeadPreview } from "@/features/datasets/head-preview.tsx";
import classes from "@/features/datasets/new-dataset.module.css";
import type { QueuedUpload } from "@/features/datasets/upload-queue.ts";
import { FetchAgain } from "@/features/datasets/fetch-again.tsx";
import { UploadStatus } from "@/features/datasets/upload-status.tsx";
import type { Uploads } from "@/features/datasets/use-uploads.ts";
import type { SplitChoice } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SPLITS: readonly SplitChoice[] = ["auto", "train", "validation", "test"];

interface Props {
  item: QueuedUpload;
  uploads: Uploads;
}

interface ItemProps extends Props {
  /** The first file shows its rows without being asked. */
  isFirst: boolean;
}

/** A file that the page lost with a reload: the browser's own handle goes first, the person's choice second. */
function FindAgain({ item, uploads }: Props) {
  const { t } = useI18n();
  const input = useRef<HTMLInputElement>(null);
  const find = async () => {
    if (!(await uploads.find(item))) input.current?.click();
  };
  return (
    <>
      <Button size="sm" variant="default" onClick={() => void find()}>
        {t("upload.find")}
      </Button>
      <input
        ref={input}
        type="file"
        accept={ACCEPTED.join(",")}
        className="visually-hidden"
        aria-label={t("upload.find_file", { name: item.name })}
        tabIndex={-1}
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          if (file) void uploads.offer(item, file);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

export function UploadItem({ item, uploads, isFirst }: ItemProps) {
  const { t, format } = useI18n();
  const { id, name } = item;
  const isUnknown = item.state === "fetching" && item.sizeBytes === 0;
  return (
    <li className={classes["item"]} aria-label={name}>
      <div className={classes["filename"]}>
        <span className="name" title={name}>
          {name}
        </span>
        {!isUnknown && <div className="small faint num">{format.bytes(item.sizeBytes)}</div>}
      </div>
      <Select
        aria-label={t("upload.split_for", { name })}
        value={item.split}
        allowDeselect={false}
        disabled={item.state === "refused"}
        data={SPLITS.map((split) => ({ value: split, label: t(`split.${split}`) }))}
        onChange={(value) => {
          const split = SPLITS.find((entry) => entry === value);
          if (split) uploads.choose(id, split);
        }}
      />
      <div className={classes["buttons"]}>
        {item.state === "uploading" && (
          <Button size="sm" variant="subtle" onClick={() => uploads.pause(id)}>
            {t("upload.pause")}
          </Button>
        )}
        {item.state === "paused" && (
          <Button size="sm" variant="subtle" onClick={() => uploads.resume(id)}>
            {t("upload.resume")}
          </Button>
        )}
        {item.state === "failed" && item.file !== null && (
          <Button size="sm" variant="default" onClick={() => uploads.resume(id)}>
            {t("action.retry")}
          </Button>
        )}
        {item.state === "failed" && item.file === null && item.uploadId !== null && <FetchAgain item={item} uploads={uploads} />}
        {item.state === "lost" && <FindAgain item={item} uploads={uploads} />}
        <ActionIcon aria-label={t("upload.remove", { name })} onClick={() => uploads.remove(item)}>
          <IconX size={16} aria-hidden />
        </ActionIcon>
      </div>
      <div className={classes["status"]}>
        {item.state !== "refused" && item.state !== "done" && !(item.state === "failed" && item.file === null) && (
          <ProgressBar
            label={t("upload.progress_of", { name })}
            share={isUnknown ? null : item.sizeBytes === 0 ? 0 : item.sentBytes / item.sizeBytes}
          />
        )}
        <UploadStatus item={item} isOnline={uploads.isOnline} />
        {item.error !== null && (
          <p className={`small ${classes["problem"] ?? ""}`} role="alert">
            {item.error}
          </p>
        )}
        {item.file !== null && item.state !== "refused" && <HeadPreview file={item.file} isOpen={isFirst} />}
      </div>
    </li>
  );
}
