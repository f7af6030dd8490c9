import { Button } from "@mantine/core";
import { useState } from "react";

import type { QueuedUpload } from "@/features/datasets/upload-queue.ts";
import type { Uploads } from "@/features/datasets/use-uploads.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  item: QueuedUpload;
  uploads: Uploads;
}

/** A file that the server could not fetch: it still knows the address, and asks there again. */
export function FetchAgain({ item, uploads }: Props) {
  const { t } = useI18n();
  const [isPending, setIsPending] = useState(false);
  const ask = async () => {
    setIsPending(true);
    await uploads.fetchAgain(item);
    setIsPending(false);
  };
  return (
    <Button size="sm" variant="default" loading={isPending} aria-label={t("upload.fetch_again", { name: item.name })} onClick={() => void ask()}>
      {t("action.retry")}
    </Button>
  );
}
