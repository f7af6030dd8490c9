import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";

import { jobCalls } from "@/features/jobs/calls.ts";
import type { Checkpoint } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { saveFile } from "@/lib/save-file.ts";
import { showToast } from "@/lib/toasts.ts";

interface Props {
  checkpoint: Checkpoint;
}

/** Asks for a signed link, good for minutes, and follows it. */
export function CheckpointDownload({ checkpoint }: Props) {
  const { t } = useI18n();
  const link = useMutation({
    mutationFn: () => send(jobCalls.checkpointLink(checkpoint.id)),
    onSuccess: ({ url, filename }) => {
      saveFile(url, filename);
      showToast(t("download.started", { filename }));
    },
    onError: (error) => showToast(describeError(error, t), "error"),
  });
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      leftSection={<IconDownload size={14} aria-hidden />}
      aria-label={t("checkpoints.download_step", { step: checkpoint.step })}
      loading={link.isPending}
      onClick={() => link.mutate()}
    >
      {t("checkpoints.download")}
    </Button>
  );
}
