import { Button, Modal } from "@mantine/core";
import type { ReactNode } from "react";

import { CodeFold } from "@/components/code-fold.tsx";
import { StaleNotice } from "@/features/datasets/stale-notice.tsx";
import type { Call } from "@/lib/call.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  title: string;
  confirmLabel: string;
  isPending: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
  /** What confirming sends. */
  calls: readonly Call[];
  children: ReactNode;
}

/** Says what a change will do before it is made. Unlike a deletion it can be taken back, and looks like it. */
export function ConfirmChange({ title, confirmLabel, isPending, error, onConfirm, onClose, calls, children }: Props) {
  const { t } = useI18n();
  return (
    <Modal opened onClose={onClose} title={title} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <div className="stack">
        <p>{children}</p>
        <StaleNotice error={error} onLook={onClose} />
        <CodeFold calls={calls} />
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose} disabled={isPending}>
            {t("action.cancel")}
          </Button>
          <Button onClick={onConfirm} loading={isPending} data-autofocus>
            {confirmLabel}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
