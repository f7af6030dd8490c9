import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconArchive, IconArrowsLeftRight, IconCopy, IconDots, IconPencil, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { RenameDialog } from "@/components/rename-dialog.tsx";
import { compareAddress } from "@/features/compare/compare-address.ts";
import { jobCalls } from "@/features/jobs/calls.ts";
import { useDescribeJob, useHopedArchived, useSteerJob } from "@/features/jobs/job-queries.ts";
import { useArchiveJob } from "@/features/jobs/use-archive-job.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Job } from "@/lib/api-types.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canArchive, canCancel, canPause, canResume } from "@/lib/job-states.ts";
import { type PageAction, usePageActions } from "@/lib/page-actions.ts";
import { canWrite } from "@/lib/permissions.ts";
import { showToast } from "@/lib/toasts.ts";
import { useRenameAtOnce } from "@/lib/use-undo.ts";

interface Props {
  job: Job;
}

export function JobActions({ job }: Props) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const isWriter = canWrite(useWorkspace().tenant);
  const steer = useSteerJob(job.id);
  const rename = useDescribeJob(job.id);
  const renameAtOnce = useRenameAtOnce(({ name, base }) => rename.mutateAsync({ name, base_name: base }));
  const [open, setOpen] = useState<"cancel" | "rename" | null>(null);
  const close = () => setOpen(null);
  const onError = (error: unknown) => showToast(describeError(error, t), "error");
  const pause = () => steer.mutate("pause", { onError });
  const resume = () => steer.mutate("resume", { onError });
  const putAway = useArchiveJob(job.id);
  const archive = () => void putAway("archive");
  const archivedAt = useHopedArchived(job);
  const isArchivable = canArchive({ ...job, archived_at: archivedAt });
  const askToCancel = () => {
    steer.reset();
    setOpen("cancel");
  };
  const compare = () => void navigate(compareAddress({ ids: [job.id], baseline: null }));
  const duplicate = () => void navigate(`/jobs/new?from=${job.id}`);
  const askForName = () => {
    rename.reset();
    setOpen("rename");
  };
  const steers: PageAction[] = [
    ...(canPause(job) ? [{ id: "pause", label: t("job.pause"), Icon: IconPlayerPause, run: pause }] : []),
    ...(canResume(job) ? [{ id: "resume", label: t("job.resume"), Icon: IconPlayerPlay, run: resume }] : []),
    ...(canCancel(job) ? [{ id: "cancel", label: t("job.cancel"), Icon: IconPlayerStop, run: askToCancel }] : []),
    ...(isArchivable ? [{ id: "archive", label: t("bulk.archive"), Icon: IconArchive, run: archive }] : []),
  ];
  usePageActions([
    { id: "compare", label: t("job.compare_with"), Icon: IconArrowsLeftRight, run: compare },
    ...(isWriter
      ? [
          { id: "duplicate", label: t("job.duplicate"), Icon: IconCopy, run: duplicate },
          { id: "rename", label: t("job.rename"), Icon: IconPencil, run: askForName },
        ]
      : []),
    // What is done without another question is never the first line, which Enter alone would choose.
    ...(isWriter && !steer.isPending ? steers : []),
  ]);
  return (
    <>
      {isWriter && canPause(job) && (
        <Button variant="default" leftSection={<IconPlayerPause size={15} aria-hidden />} loading={steer.isPending} onClick={pause}>
          {t("job.pause")}
        </Button>
      )}
      {isWriter && canResume(job) && (
        <Button leftSection={<IconPlayerPlay size={15} aria-hidden />} loading={steer.isPending} onClick={resume}>
          {t("job.resume")}
        </Button>
      )}
      {isWriter && canCancel(job) && (
        <Button
          variant="default"
          leftSection={<IconPlayerStop size={15} aria-hidden />}
          onClick={askToCancel}
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
          <Menu.Item onClick={compare}>{t("job.compare_with")}</Menu.Item>
          {isWriter && <Menu.Item onClick={duplicate}>{t("job.duplicate")}</Menu.Item>}
          {isWriter && isArchivable && <Menu.Item onClick={archive}>{t("bulk.archive")}</Menu.Item>}
          {isWriter && <Menu.Item onClick={askForName}>{t("action.rename")}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {open === "rename" && (
        <RenameDialog
          title={t("job.rename")}
          name={job.name}
          isPending={rename.isPending}
          isShownAtOnce
          error={rename.error}
          callOf={(name, base) => jobCalls.change(job.id, { name, base_name: base })}
          onClose={close}
          onSave={(name, base) => void renameAtOnce({ name, base }, close)}
        />
      )}
      <ConfirmDialog
        isOpen={open === "cancel"}
        title={t("job.cancel_title")}
        confirmLabel={t("job.cancel_confirm")}
        isPending={steer.isPending}
        error={steer.error}
        calls={[jobCalls.cancel(job.id)]}
        onClose={close}
        onConfirm={() => steer.mutate("cancel", { onSuccess: close })}
      >
        <p>{t("job.cancel_hint")}</p>
      </ConfirmDialog>
    </>
  );
}
