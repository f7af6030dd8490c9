import { CellText } from "@/features/labelling/cell-text.tsx";
import classes from "@/features/labelling/labelling.module.css";
import { useKeys } from "@/lib/use-keys.ts";
import type { LabelSide } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  left: unknown;
  right: unknown;
  preferred: LabelSide | null;
  suggested: LabelSide | null;
  onPick: (side: LabelSide) => void;
}

const KEYS: Record<string, LabelSide> = { ArrowLeft: "left", ArrowRight: "right", "1": "left", "2": "right" };

/** Two answers side by side; the better one is chosen with the arrow that points at it. */
export function PreferenceChoice({ left, right, preferred, suggested, onPick }: Props) {
  const { t } = useI18n();
  useKeys((event) => {
    const side = KEYS[event.key];
    if (side !== undefined) onPick(side);
    return side !== undefined;
  });
  return (
    <div className={classes["sides"]} role="group" aria-label={t("labelling.sides")}>
      {(["left", "right"] as const).map((side) => (
        <button
          key={side}
          type="button"
          className={classes["side"]}
          aria-pressed={preferred === side}
          onClick={(event) => {
            if (event.detail > 0) event.currentTarget.blur();
            onPick(side);
          }}
        >
          <span className={classes["sideHead"]}>
            <kbd aria-hidden>{side === "left" ? "←" : "→"}</kbd> {t(`labelling.side.${side}`)}
            {suggested === side && <small>{t("labelling.suggested")}</small>}
          </span>
          <CellText cell={side === "left" ? left : right} />
        </button>
      ))}
    </div>
  );
}
