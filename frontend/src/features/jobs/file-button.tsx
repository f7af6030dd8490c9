import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";

import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { saveContent } from "@/lib/save-content.ts";
import { showToast } from "@/lib/toasts.ts";

interface Props {
  label: string;
  filename: string;
  load: () => Promise<Blob>;
}

/** Fetches a file when it is asked for, and saves it. */
export function FileButton({ label, filename, load }: Props) {
  const { t } = useI18n();
  const file = useMutation({
    mutationFn: load,
    onSuccess: (content) => saveContent(content, filename),
    onError: (error) => showToast(describeError(error, t), "error"),
  });
  return (
    <Button variant="subtle" size="compact-sm" leftSection={<IconDownload size={14} aria-hidden />} loading={file.isPending} onClick={() => file.mutate()}>
      {label}
    </Button>
  );
}
