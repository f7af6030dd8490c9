import { Button, TextInput } from "@mantine/core";
import { useState } from "react";

import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { Section } from "@/components/section.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useDeleteTenant } from "@/features/settings/settings-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Its name has to be typed: nothing else takes so much away from so many. */
export function DeleteOrganisationSection() {
  const { t } = useI18n();
  const { tenant, restorableDays } = useWorkspace();
  const remove = useDeleteTenant();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const close = () => {
    setOpen(false);
    setTyped("");
    remove.reset();
  };
  const isMeant = typed.trim() === tenant.name.trim();
  return (
    <Section title={t("org.delete_title")} hint={t("org.delete_hint", { count: restorableDays })} isSplit>
      <Button variant="danger" onClick={() => setOpen(true)}>
        {t("org.delete")}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        title={t("org.delete_ask", { name: tenant.name })}
        confirmLabel={t("org.delete")}
        isPending={remove.isPending}
        isReady={isMeant}
        error={remove.error}
        onConfirm={() => remove.mutate(typed.trim(), { onSuccess: close })}
        onClose={close}
      >
        <div className="stack">
          <p>{t("org.delete_what", { count: restorableDays })}</p>
          <TextInput label={t("org.delete_type", { name: tenant.name })} value={typed} maxLength={100} autoComplete="off" data-autofocus onChange={(event) => setTyped(event.currentTarget.value)} />
        </div>
      </ConfirmDialog>
    </Section>
  );
}
