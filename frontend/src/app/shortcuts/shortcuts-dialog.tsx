import { Modal } from "@mantine/core";
import { Link } from "react-router";

import { SHORTCUTS } from "@/app/shortcuts/shortcut-list.ts";
import classes from "@/app/shortcuts/shortcuts.module.css";
import { KeyCaps } from "@/components/key-caps.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";
import { useKeysOn } from "@/lib/use-keys-on.ts";

interface Props {
  isOpen: boolean;
  onClose: () => void;
}

export function ShortcutsDialog({ isOpen, onClose }: Props) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const areOn = useKeysOn();
  const usable = SHORTCUTS.filter(({ isChord, needsWrite }) => (areOn || isChord) && (!needsWrite || canWrite(tenant)));
  return (
    <Modal opened={isOpen} onClose={onClose} title={t("shortcuts.title")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <div className="stack">
        <dl className={classes["list"]}>
          {usable.map(({ keys, label }) => (
            <div key={label}>
              <dt>{t(label)}</dt>
              <dd>
                <KeyCaps keys={keys} />
              </dd>
            </div>
          ))}
        </dl>
        <p className="small muted">
          {t(areOn ? "shortcuts.on" : "shortcuts.off")}{" "}
          <Link to="/settings" onClick={onClose}>
            {t("shortcuts.change")}
          </Link>
        </p>
      </div>
    </Modal>
  );
}
