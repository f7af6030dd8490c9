import { Button, Menu } from "@mantine/core";
import { IconBookmark, IconCheck } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { RenameDialog } from "@/components/rename-dialog.tsx";
import { addressOf, isSameFilter, type JobFilter } from "@/features/jobs/job-filter.ts";
import { useDeleteView, useRenameView, useSavedViews, useSaveView } from "@/features/jobs/saved-view-queries.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { SavedView } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isActive } from "@/lib/permissions.ts";
import { useUndo } from "@/lib/use-undo.ts";

const MAX_NAME = 80;

interface Props {
  filter: JobFilter;
}

/** Choices of jobs that this person keeps: to open one, to keep the present one, and to rename or delete the one that is open. */
export function SavedViews({ filter }: Props) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const navigate = useNavigate();
  const views = useSavedViews().data?.data ?? [];
  const save = useSaveView();
  const rename = useRenameView();
  const remove = useDeleteView();
  const offerUndo = useUndo();
  const [open, setOpen] = useState<"save" | "rename" | "delete" | null>(null);
  const current = views.find((view) => isSameFilter(view.filters, filter));
  const close = () => setOpen(null);
  const start = (dialog: typeof open) => {
    for (const mutation of [save, rename, remove]) mutation.reset();
    setOpen(dialog);
  };
  const forget = ({ id, name, filters }: SavedView) =>
    remove.mutate(id, {
      onSuccess: () => {
        close();
        offerUndo(t("undo.view_deleted", { name }), () => save.mutateAsync({ name, filters }));
      },
    });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<IconBookmark size={15} aria-hidden />}>
            {current?.name ?? t("views.title")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {views.length === 0 && <Menu.Label>{t("views.none")}</Menu.Label>}
          {views.map((view) => (
            <Menu.Item
              key={view.id}
              leftSection={view === current ? <IconCheck size={14} aria-hidden /> : <span style={{ width: 14, display: "inline-block" }} />}
              aria-current={view === current || undefined}
              onClick={() => void navigate(addressOf(view.filters))}
            >
              {view.name}
            </Menu.Item>
          ))}
          {isActive(tenant) && (
            <>
              <Menu.Divider />
              {current === undefined ? (
                <Menu.Item onClick={() => start("save")}>{t("views.save")}</Menu.Item>
              ) : (
                <>
                  <Menu.Item onClick={() => start("rename")}>{t("views.rename", { name: current.name })}</Menu.Item>
                  <Menu.Item onClick={() => start("delete")}>{t("views.delete", { name: current.name })}</Menu.Item>
                </>
              )}
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {open === "save" && (
        <RenameDialog
          title={t("views.save_title")}
          name=""
          maxLength={MAX_NAME}
          isPending={save.isPending}
          error={save.error}
          onClose={close}
          onSave={(name) => save.mutate({ name, filters: filter }, { onSuccess: close })}
        />
      )}
      {open === "rename" && current && (
        <RenameDialog
          title={t("views.rename_title")}
          name={current.name}
          maxLength={MAX_NAME}
          isPending={rename.isPending}
          error={rename.error}
          onClose={close}
          onSave={(name) => rename.mutate({ id: current.id, name }, { onSuccess: close })}
        />
      )}
      <ConfirmDialog
        isOpen={open === "delete" && current !== undefined}
        title={t("views.delete_title")}
        confirmLabel={t("action.delete")}
        isPending={remove.isPending}
        error={remove.error}
        onClose={close}
        onConfirm={() => current && forget(current)}
      >
        <p>{t("views.delete_hint", { name: current?.name ?? "" })}</p>
      </ConfirmDialog>
    </>
  );
}
