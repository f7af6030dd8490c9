import { Button, Modal } from "@mantine/core";
import type { ReactNode } from "react";

import { CodeFold } from "@/components/code-fold.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import type { Call } from "@/lib/call.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  isOpen: boolean;
  title: string;
  confirmLabel: string;
  isPending: boolean;
  /** Whether all is there that confirming needs. */
  isReady?: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
  /** What confirming sends. */
  calls?: readonly Call[];
  children: ReactNode;
}

/** Asks before something that others will notice; stays open and says so when it was refused. */
export function ConfirmDialog({ isOpen, title, confirmLabel, isPending, isReady = true, error, onConfirm, onClose, calls, children }: Props) {
  const { t } = useI18n();
  return (
    <Modal opened={isOpen} onClose={onClose} title={title} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <div className="stack">
        <div className="wrap">{children}</div>
        <ErrorNotice error={error} />
        {calls !== undefined && <CodeFold calls={calls} />}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose} disabled={isPending}>
            {t("action.keep")}
          </Button>
          <Button variant="danger" onClick={onConfirm} loading={isPending} disabled={!isReady}>
            {confirmLabel}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
