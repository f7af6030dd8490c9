import { ActionIcon, Tooltip } from "@mantine/core";
import { IconFocusCentered, IconMinus, IconPlus, IconSquareCheck } from "@tabler/icons-react";

import classes from "@/features/datasets/map.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  onNearer: () => void;
  onFarther: () => void;
  onWhole: () => void;
  onInSight: () => void;
}

/** What the wheel and the lasso do, as buttons. */
export function MapZoom({ onNearer, onFarther, onWhole, onInSight }: Props) {
  const { t } = useI18n();
  const buttons = [
    { label: t("map.nearer"), Icon: IconPlus, onClick: onNearer },
    { label: t("map.farther"), Icon: IconMinus, onClick: onFarther },
    { label: t("map.whole"), Icon: IconFocusCentered, onClick: onWhole },
    { label: t("map.choose_in_sight"), Icon: IconSquareCheck, onClick: onInSight },
  ];
  return (
    <div className={classes["zoom"]}>
      {buttons.map(({ label, Icon, onClick }) => (
        <Tooltip key={label} label={label} position="left">
          <ActionIcon aria-label={label} onClick={onClick}>
            <Icon size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      ))}
    </div>
  );
}
