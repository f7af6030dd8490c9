import { ActionIcon, Menu } from "@mantine/core";
import { IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { RenameDialog } from "@/components/rename-dialog.tsx";
import { modelCalls } from "@/features/models/calls.ts";
import { useDeleteModel, useRenameModel, useRestoreModel } from "@/features/models/model-queries.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Model } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { useRenameAtOnce, useUndo } from "@/lib/use-undo.ts";

interface Props {
  model: Model;
}

export function ModelActions({ model }: Props) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const rename = useRenameModel(model.id);
  const remove = useDeleteModel(model.id);
  const restore = useRestoreModel();
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
  usePageActions([
    { id: "rename", label: t("model.rename"), Icon: IconPencil, run: askForName },
    { id: "delete", label: t("palette.delete_model"), Icon: IconTrash, run: askToDelete },
  ]);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t("model.actions")}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={askForName}>{t("action.rename")}</Menu.Item>
          <Menu.Item onClick={askToDelete}>{t("action.delete")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === "rename" && (
        <RenameDialog
          title={t("model.rename")}
          name={model.name}
          isPending={rename.isPending}
          isShownAtOnce
          error={rename.error}
          callOf={(name, base) => modelCalls.rename(model.id, name, base)}
          onClose={close}
          onSave={(name, base) => void renameAtOnce({ name, base }, close)}
        />
      )}
      <ConfirmDialog
        isOpen={open === "delete"}
        title={t("model.delete_title")}
        confirmLabel={t("action.delete")}
        isPending={remove.isPending}
        error={remove.error}
        calls={[modelCalls.remove(model.id)]}
        onClose={close}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              offerUndo(t("model.deleted", { name: model.name }), () => restore.mutateAsync({ id: model.id }), t("undo.restored", { name: model.name }));
              void navigate("/models");
            },
          })
        }
      >
        <p>{t("model.delete_hint", { name: model.name })} {t("undo.for_days", { count: restorableDays })}</p>
      </ConfirmDialog>
    </>
  );
}
