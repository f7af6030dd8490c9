import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { CodeDialog } from "@/components/code-dialog.tsx";
import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { RenameDialog } from "@/components/rename-dialog.tsx";
import { compareAddress } from "@/features/compare/compare-address.ts";
import { useDescribeJob, useSteerJob } from "@/features/jobs/job-queries.ts";
import { launchSteps } from "@/features/jobs/launch-steps.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Job } from "@/lib/api-types.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canCancel, canPause, canResume } from "@/lib/job-states.ts";
import { canWrite } from "@/lib/permissions.ts";
import { showToast } from "@/lib/toasts.ts";
import { useUndo } from "@/lib/use-undo.ts";

interface Props {
  job: Job;
}

export function JobActions({ job }: Props) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const isWriter = canWrite(useWorkspace().tenant.role);
  const steer = useSteerJob(job.id);
  const rename = useDescribeJob(job.id);
  const offerUndo = useUndo();
  const [open, setOpen] = useState<"cancel" | "rename" | "code" | null>(null);
  const close = () => setOpen(null);
  const onError = (error: unknown) => showToast(describeError(error, t), "error");
  return (
    <>
      {isWriter && canPause(job) && (
        <Button variant="default" leftSection={<IconPlayerPause size={15} aria-hidden />} loading={steer.isPending} onClick={() => steer.mutate("pause", { onError })}>
          {t("job.pause")}
        </Button>
      )}
      {isWriter && canResume(job) && (
        <Button leftSection={<IconPlayerPlay size={15} aria-hidden />} loading={steer.isPending} onClick={() => steer.mutate("resume", { onError })}>
          {t("job.resume")}
        </Button>
      )}
      {isWriter && canCancel(job) && (
        <Button
          variant="default"
          leftSection={<IconPlayerStop size={15} aria-hidden />}
          onClick={() => {
            steer.reset();
            setOpen("cancel");
          }}
        >
          {t("job.cancel")}
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t("job.actions")}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void navigate(compareAddress({ ids: [job.id], baseline: null }))}>{t("job.compare_with")}</Menu.Item>
          {isWriter && <Menu.Item onClick={() => void navigate(`/jobs/new?from=${job.id}`)}>{t("job.duplicate")}</Menu.Item>}
          {isWriter && (
            <Menu.Item
              onClick={() => {
                rename.reset();
                setOpen("rename");
              }}
            >
              {t("action.rename")}
            </Menu.Item>
          )}
          {isWriter && <Menu.Item onClick={() => setOpen("code")}>{t("code.copy")}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {open === "code" && <CodeDialog title={t("code.launch_title")} steps={launchSteps(job.launch, t)} onClose={close} />}
      {open === "rename" && (
        <RenameDialog
          title={t("job.rename")}
          name={job.name}
          isPending={rename.isPending}
          error={rename.error}
          onClose={close}
          onSave={(name, base) =>
            rename.mutate({ name, base_name: base }, {
              onSuccess: () => {
                close();
                if (name !== base) offerUndo(t("undo.renamed", { name }), () => rename.mutateAsync({ name: base, base_name: name }));
              },
            })
          }
        />
      )}
      <ConfirmDialog
        isOpen={open === "cancel"}
        title={t("job.cancel_title")}
        confirmLabel={t("job.cancel_confirm")}
        isPending={steer.isPending}
        error={steer.error}
        onClose={close}
        onConfirm={() => steer.mutate("cancel", { onSuccess: close })}
      >
        <p>{t("job.cancel_hint")}</p>
      </ConfirmDialog>
    </>
  );
}
