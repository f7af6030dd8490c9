import { Button } from "@mantine/core";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { useRetaskDataset } from "@/features/datasets/dataset-queries.ts";
import type { Dataset } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { taskName } from "@/lib/tasks.ts";

interface Props {
  dataset: Dataset;
  isReadOnly: boolean;
}

/** The columns look like another task's: said, and taken with one click. */
export function TaskSuggestion({ dataset, isReadOnly }: Props) {
  const { t } = useI18n();
  const retask = useRetaskDataset(dataset.id);
  const { suggestion } = dataset;
  if (suggestion === null || dataset.latest_version !== null || dataset.state === "inspecting" || dataset.state === "validating") return null;
  const task = taskName(suggestion.task, t);
  return (
    <Notice
      tone="warning"
      action={
        !isReadOnly && (
          <Button size="xs" variant="default" loading={retask.isPending} onClick={() => retask.mutate(suggestion.task)}>
            {t("dataset.take_suggestion", { task })}
          </Button>
        )
      }
    >
      {t("dataset.suggestion", { task, chosen: taskName(dataset.task, t) })}
      <ErrorNotice error={retask.error} />
    </Notice>
  );
}
