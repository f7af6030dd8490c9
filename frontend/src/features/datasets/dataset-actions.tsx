import { ActionIcon, Menu } from "@mantine/core";
import { IconArrowMerge, IconDots, IconPencil, IconRowInsertBottom, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";

import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { RenameDialog } from "@/components/rename-dialog.tsx";
import { datasetCalls } from "@/features/datasets/calls.ts";
import { useDeleteDataset, useRenameDataset, useRestoreDataset } from "@/features/datasets/dataset-queries.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Dataset } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { useRenameAtOnce, useUndo } from "@/lib/use-undo.ts";

interface Props {
  dataset: Dataset;
}

export function DatasetActions({ dataset }: Props) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const rename = useRenameDataset(dataset.id);
  const remove = useDeleteDataset(dataset.id);
  const restore = useRestoreDataset();
  const offerUndo = useUndo();
  const renameAtOnce = useRenameAtOnce(rename.mutateAsync);
  const { restorableDays } = useWorkspace();
  const [open, setOpen] = useState<"rename" | "delete" | null>(null);
  const close = () => setOpen(null);
  const askForName = () => {
    rename.reset();
    setOpen("rename");
  };
  const askToDelete = () => {
    remove.reset();
    setOpen("delete");
  };
  const [append, merge] = [`/datasets/${dataset.id}/add-rows`, `/datasets/${dataset.id}/merge`];
  usePageActions([
    ...(dataset.latest_version
      ? [
          { id: "append", label: t("append.title"), Icon: IconRowInsertBottom, run: () => void navigate(append) },
          { id: "merge", label: t("merge.title"), Icon: IconArrowMerge, run: () => void navigate(merge) },
        ]
      : []),
    { id: "rename", label: t("dataset.rename"), Icon: IconPencil, run: askForName },
    { id: "delete", label: t("palette.delete_dataset"), Icon: IconTrash, run: askToDelete },
  ]);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t("dataset.actions")}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {dataset.latest_version && (
            <>
              <Menu.Item component={Link} to={append}>
                {t("append.title")}
              </Menu.Item>
              <Menu.Item component={Link} to={merge}>
                {t("merge.title")}
              </Menu.Item>
              <Menu.Divider />
            </>
          )}
          <Menu.Item onClick={askForName}>{t("action.rename")}</Menu.Item>
          <Menu.Item onClick={askToDelete}>{t("action.delete")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === "rename" && (
        <RenameDialog
          title={t("dataset.rename")}
          name={dataset.name}
          isPending={rename.isPending}
          isShownAtOnce
          error={rename.error}
          callOf={(name, base) => datasetCalls.rename(dataset.id, name, base)}
          onClose={close}
          onSave={(name, base) => void renameAtOnce({ name, base }, close)}
        />
      )}
      <ConfirmDialog
        isOpen={open === "delete"}
        title={t("dataset.delete_title")}
        confirmLabel={t("action.delete")}
        isPending={remove.isPending}
        error={remove.error}
        calls={[datasetCalls.remove(dataset.id)]}
        onClose={close}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              offerUndo(t("dataset.deleted", { name: dataset.name }), () => restore.mutateAsync({ id: dataset.id }), t("undo.restored", { name: dataset.name }));
              void navigate("/datasets");
            },
          })
        }
      >
        <p>{t("dataset.delete_hint", { name: dataset.name })} {t("undo.for_days", { count: restorableDays })}</p>
      </ConfirmDialog>
    </>
  );
}
