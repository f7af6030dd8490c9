import { ActionIcon } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";

import classes from "@/app/palette/palette.module.css";
import { KeyCaps } from "@/components/key-caps.tsx";
import { COMMAND } from "@/lib/command-key.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  onOpen: () => void;
}

/** In the sidebar: as wide as it, with the keys that do the same. */
export function PaletteButton({ onOpen }: Props) {
  const { t } = useI18n();
  return (
    <button type="button" className={classes["button"]} aria-keyshortcuts="Control+K Meta+K" aria-haspopup="dialog" onClick={onOpen}>
      <IconSearch size={16} stroke={1.7} aria-hidden />
      <span>{t("palette.button")}</span>
      <span aria-hidden>
        <KeyCaps keys={[COMMAND, "K"]} />
      </span>
    </button>
  );
}

/** On a phone: a magnifying glass in the bar. */
export function PaletteIcon({ onOpen }: Props) {
  const { t } = useI18n();
  return (
    <ActionIcon variant="subtle" size={40} aria-label={t("palette.title")} aria-haspopup="dialog" onClick={onOpen}>
      <IconSearch size={19} aria-hidden />
    </ActionIcon>
  );
}
