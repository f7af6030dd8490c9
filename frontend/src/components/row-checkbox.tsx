import type { KeyboardEvent } from "react";

import classes from "@/components/row-checkbox.module.css";

interface Props {
  label: string;
  isChecked: boolean;
  isPartly?: boolean;
  onToggle: (isRange: boolean) => void;
}

/** Chooses a row of a table: a click, with the shift key a range; arrow keys go from row to row, and choose on the way with shift. */
export function RowCheckbox({ label, isChecked, isPartly = false, onToggle }: Props) {
  return (
    <label className={classes["target"]}>
      <input
        type="checkbox"
        className={classes["box"]}
        aria-label={label}
        checked={isChecked}
        ref={(box) => {
          if (box) box.indeterminate = isPartly;
        }}
        onChange={(event) => onToggle((event.nativeEvent as MouseEvent).shiftKey)}
        onKeyDown={walk}
      />
    </label>
  );
}

function walk(event: KeyboardEvent<HTMLInputElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const boxes = [...(event.currentTarget.closest("tbody")?.querySelectorAll<HTMLInputElement>("input[type=checkbox]") ?? [])];
  const next = boxes[boxes.indexOf(event.currentTarget) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
  if (event.shiftKey && next.checked !== event.currentTarget.checked) next.click();
}
