/** Which rows of a table are chosen, by id. Ids that are no longer shown are chosen no more. */
import { useState } from "react";

export interface RowSelection {
  selected: ReadonlySet<string>;
  /** Choose or leave a row; with `isRange` all rows from the one before, to the same state. */
  toggle: (id: string, isRange: boolean) => void;
  toggleAll: () => void;
  /** Choose all of these, or leave them. */
  put: (ids: readonly string[], isChosen: boolean) => void;
  clear: () => void;
}

/** The ids from one to another in the order in which they are shown, both included. */
function rangeOf(ids: readonly string[], from: string | null, to: string): readonly string[] {
  const places = [from === null ? -1 : ids.indexOf(from), ids.indexOf(to)];
  const [start = -1, end = -1] = places.sort((a, b) => a - b);
  return start < 0 ? [to] : ids.slice(start, end + 1);
}

/** `atFirst`: what is chosen before anybody chose. */
export function useRowSelection(ids: readonly string[], atFirst: readonly string[] = []): RowSelection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(atFirst));
  const [last, setLast] = useState<string | null>(null);
  const selected = new Set(ids.filter((id) => chosen.has(id)));
  const put = (touched: readonly string[], isChosen: boolean) => {
    const next = new Set(selected);
    for (const one of touched) if (isChosen) next.add(one);
      else next.delete(one);
    setChosen(next);
  };
  return {
    selected,
    put,
    toggle: (id, isRange) => {
      put(isRange ? rangeOf(ids, last, id) : [id], !selected.has(id));
      setLast(id);
    },
    toggleAll: () => setChosen(new Set(selected.size === ids.length ? [] : ids)),
    clear: () => setChosen(new Set()),
  };
}

/** Of a table that shows some of the rows: its box at the top chooses these alone. */
export function selectionWithin(selection: RowSelection, ids: readonly string[]): RowSelection {
  const selected = new Set(ids.filter((id) => selection.selected.has(id)));
  return { ...selection, selected, toggleAll: () => selection.put(ids, selected.size < ids.length) };
}

/** The box of the row that has the focus, as if it was clicked: with the shift key a range. Whether there is one. */
export function pressBoxOfRow({ target, shiftKey }: KeyboardEvent): boolean {
  const box = target instanceof Element ? target.closest("tbody tr")?.querySelector("input[type=checkbox]") : null;
  box?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey }));
  return box != null;
}
