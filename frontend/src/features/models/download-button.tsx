import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";

import { useDownloadLink } from "@/features/models/model-queries.ts";
import type { Artifact } from "@/lib/api-types.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { saveFile } from "@/lib/save-file.ts";
import { showToast } from "@/lib/toasts.ts";

interface Props {
  artifact: Artifact;
  isMain: boolean;
}

/** Asks for a signed link, good for minutes, and follows it. The address never leaves this host. */
export function DownloadButton({ artifact, isMain }: Props) {
  const { t, format } = useI18n();
  const link = useDownloadLink();
  const onClick = () => {
    link.mutate(artifact.id, {
      onSuccess: ({ url, filename }) => {
        saveFile(url, filename);
        showToast(t("download.started", { filename }));
      },
      onError: (error) => showToast(describeError(error, t), "error"),
    });
  };
  const label = t("download.button", { kind: t(`artifact.${artifact.kind}`), size: format.bytes(artifact.size_bytes) });
  usePageActions(link.isPending ? [] : [{ id: `download-${artifact.id}`, label, Icon: IconDownload, run: onClick }]);
  return (
    <Button variant={isMain ? "filled" : "default"} leftSection={<IconDownload size={16} aria-hidden />} loading={link.isPending} onClick={onClick}>
      {label}
    </Button>
  );
}
