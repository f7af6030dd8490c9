import { Button, Modal } from "@mantine/core";
import type { ReactNode } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  isOpen: boolean;
  title: string;
  confirmLabel: string;
  isPending: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** Asks before something that others will notice; stays open and says so when it was refused. */
export function ConfirmDialog({ isOpen, title, confirmLabel, isPending, error, onConfirm, onClose, children }: Props) {
  const { t } = useI18n();
  return (
    <Modal opened={isOpen} onClose={onClose} title={title} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <div className="stack">
        <div className="wrap">{children}</div>
        <ErrorNotice error={error} />
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose} disabled={isPending}>
            {t("action.keep")}
          </Button>
          <Button variant="danger" onClick={onConfirm} loading={isPending}>
            {confirmLabel}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
