import { ActionIcon, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { RenameDialog } from "@/components/rename-dialog.tsx";
import { useDeleteModel, useRenameModel, useRestoreModel } from "@/features/models/model-queries.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Model } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useUndo } from "@/lib/use-undo.ts";

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
  const { restorableDays } = useWorkspace();
  const [open, setOpen] = useState<"rename" | "delete" | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t("model.actions")}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            onClick={() => {
              rename.reset();
              setOpen("rename");
            }}
          >
            {t("action.rename")}
          </Menu.Item>
          <Menu.Item
            onClick={() => {
              remove.reset();
              setOpen("delete");
            }}
          >
            {t("action.delete")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === "rename" && (
        <RenameDialog
          title={t("model.rename")}
          name={model.name}
          isPending={rename.isPending}
          error={rename.error}
          onClose={close}
          onSave={(name, base) =>
            rename.mutate({ name, base }, {
              onSuccess: () => {
                close();
                if (name !== base) offerUndo(t("undo.renamed", { name }), () => rename.mutateAsync({ name: base, base: name }));
              },
            })
          }
        />
      )}
      <ConfirmDialog
        isOpen={open === "delete"}
        title={t("model.delete_title")}
        confirmLabel={t("action.delete")}
        isPending={remove.isPending}
        error={remove.error}
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
