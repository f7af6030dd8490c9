import { Button } from "@mantine/core";
import { IconCube } from "@tabler/icons-react";
import { useNavigate } from "react-router";

import { useDeliverCheckpoint } from "@/features/jobs/job-queries.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";

interface Props {
  checkpointId: string;
  /** Of the checkpoint, where several stand side by side. */
  step?: number;
  variant?: "subtle" | "default";
  className?: string;
}

/** Queues a job that makes a model of a checkpoint as it is, and leads to it. */
export function CheckpointDeliver({ checkpointId, step, variant = "subtle", className = "" }: Props) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const deliver = useDeliverCheckpoint(checkpointId);
  return (
    <Button
      variant={variant}
      size={variant === "subtle" ? "compact-sm" : "xs"}
      className={className}
      leftSection={<IconCube size={14} aria-hidden />}
      aria-label={step === undefined ? undefined : t("checkpoints.deliver_step", { step })}
      loading={deliver.isPending}
      onClick={() =>
        deliver.mutate(undefined, {
          onSuccess: (job) => {
            showToast(t("checkpoints.delivering", { name: job.name }));
            void navigate(`/jobs/${job.id}`);
          },
          onError: (error) => showToast(describeError(error, t), "error"),
        })
      }
    >
      {t("checkpoints.deliver")}
    </Button>
  );
}
