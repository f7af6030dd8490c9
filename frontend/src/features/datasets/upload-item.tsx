import { ActionIcon, Button, Select } from "@mantine/core";
import { IconX } from "@tabler/icons-react";

import { ProgressBar } from "@/components/progress-bar.tsx";
import classes from "@/features/datasets/new-dataset.module.css";
import type { QueuedUpload } from "@/features/datasets/upload-queue.ts";
import type { SplitChoice } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SPLITS: readonly SplitChoice[] = ["auto", "train", "validation", "test"];

interface Props {
  item: QueuedUpload;
  onPause: () => void;
  onResume: () => void;
  onRemove: () => void;
  onSplit: (split: SplitChoice) => void;
}

export function UploadItem({ item, onPause, onResume, onRemove, onSplit }: Props) {
  const { t, format } = useI18n();
  const name = item.file.name;
  const secondsLeft = item.bytesPerSecond ? (item.file.size - item.sentBytes) / item.bytesPerSecond : null;
  return (
    <li className={classes["item"]} aria-label={name}>
      <div className={classes["filename"]}>
        <span className="name" title={name}>
          {name}
        </span>
        <div className="small faint num">{format.bytes(item.file.size)}</div>
      </div>
      <Select
        aria-label={t("upload.split_for", { name })}
        value={item.split}
        allowDeselect={false}
        disabled={item.state === "refused"}
        data={SPLITS.map((split) => ({ value: split, label: t(`split.${split}`) }))}
        onChange={(value) => {
          const split = SPLITS.find((entry) => entry === value);
          if (split) onSplit(split);
        }}
      />
      <div className={classes["buttons"]}>
        {item.state === "uploading" && (
          <Button size="sm" variant="subtle" onClick={onPause}>
            {t("upload.pause")}
          </Button>
        )}
        {item.state === "paused" && (
          <Button size="sm" variant="subtle" onClick={onResume}>
            {t("upload.resume")}
          </Button>
        )}
        {item.state === "failed" && (
          <Button size="sm" variant="default" onClick={onResume}>
            {t("action.retry")}
          </Button>
        )}
        <ActionIcon aria-label={t("upload.remove", { name })} onClick={onRemove}>
          <IconX size={16} aria-hidden />
        </ActionIcon>
      </div>
      <div className={classes["status"]}>
        {item.state !== "refused" && item.state !== "done" && (
          <ProgressBar label={t("upload.progress_of", { name })} share={item.file.size === 0 ? 0 : item.sentBytes / item.file.size} />
        )}
        <p className="small muted">
          {item.state === "waiting" && t("upload.waiting")}
          {item.state === "uploading" &&
            t("upload.uploading", { percent: format.percent(item.sentBytes / item.file.size, 0), left: format.duration(secondsLeft) })}
          {item.state === "paused" && t("upload.paused", { percent: format.percent(item.sentBytes / item.file.size, 0) })}
          {item.state === "done" && t("upload.done")}
        </p>
        {item.error !== null && (
          <p className={`small ${classes["problem"] ?? ""}`} role="alert">
            {item.error}
          </p>
        )}
      </div>
    </li>
  );
}
