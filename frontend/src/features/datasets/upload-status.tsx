import type { QueuedUpload } from "@/features/datasets/upload-queue.ts";
import type { Formatter } from "@/lib/format.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

interface Props {
  item: QueuedUpload;
  isOnline: boolean;
}

function sentence({ item, isOnline }: Props, t: Translate, format: Formatter): string | null {
  const percent = format.percent(item.sizeBytes === 0 ? 0 : item.sentBytes / item.sizeBytes, 0);
  const speed = item.bytesPerSecond ? format.bytes(item.bytesPerSecond) : "–";
  const left = format.duration(item.bytesPerSecond ? (item.sizeBytes - item.sentBytes) / item.bytesPerSecond : null);
  switch (item.state) {
    case "waiting":
      return isOnline ? t("upload.waiting") : t("upload.offline");
    case "uploading":
      return t("upload.uploading", { percent, speed, left });
    case "fetching":
      return item.sizeBytes === 0 ? t("upload.fetching_some", { bytes: format.bytes(item.sentBytes) }) : t("upload.fetching", { percent, speed, left });
    case "paused":
      return t("upload.paused", { percent });
    case "lost":
      return t("upload.lost", { percent });
    case "done":
      return t("upload.done");
    case "refused":
    case "failed":
      return null;
  }
}

/** Where a file is, in words. */
export function UploadStatus({ item, isOnline }: Props) {
  const { t, format } = useI18n();
  const words = sentence({ item, isOnline }, t, format);
  return words === null ? null : <p className="small muted">{words}</p>;
}
