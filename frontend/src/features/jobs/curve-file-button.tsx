import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { saveFile } from "@/lib/save-file.ts";
import { showToast } from "@/lib/toasts.ts";

/** The whole curves of a job as a file that TensorBoard reads. */
export function CurveFileButton({ jobId }: { jobId: string }) {
  const { t } = useI18n();
  const file = useMutation({
    mutationFn: () => unwrap(api.GET("/api/v1/jobs/{id}/tensorboard", { params: { path: { id: jobId } }, parseAs: "blob" })),
    onSuccess: (content) => {
      const url = URL.createObjectURL(content);
      saveFile(url, `events.out.tfevents.0.${jobId}`);
      URL.revokeObjectURL(url);
    },
    onError: (error) => showToast(describeError(error, t), "error"),
  });
  return (
    <Button variant="subtle" size="compact-sm" leftSection={<IconDownload size={14} aria-hidden />} loading={file.isPending} onClick={() => file.mutate()}>
      {t("job.curve_file")}
    </Button>
  );
}
