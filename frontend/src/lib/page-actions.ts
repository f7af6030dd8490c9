import type { Icon } from "@tabler/icons-react";
import { useEffect, useState, useSyncExternalStore } from "react";

/** Something that can be done on the page as it stands; doing it is what its button does. */
export interface PageAction {
  id: string;
  label: string;
  Icon: Icon;
  /** Keys that do the same. */
  keys?: readonly string[];
  /** Every page has it; it comes after what only this one has. */
  isGeneral?: boolean;
  run: () => void;
}

let offers: readonly (readonly [owner: object, actions: readonly PageAction[]])[] = [];
const listeners = new Set<() => void>();

function publish(next: typeof offers): void {
  offers = next;
  for (const listener of listeners) listener();
}

/** Offers to whoever looks for something to do what the page can do now; what the state or the role does not allow is left out. */
export function usePageActions(actions: readonly PageAction[]): void {
  const [owner] = useState(() => ({}));
  useEffect(() => {
    // Handlers belong to one render: the last one's are offered, in the place of the one before.
    publish(offers.some(([one]) => one === owner) ? offers.map((offer) => (offer[0] === owner ? [owner, actions] : offer)) : [...offers, [owner, actions]]);
  });
  useEffect(() => () => publish(offers.filter(([one]) => one !== owner)), [owner]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What the parts of the page offer, in the order in which they came. */
export function useOfferedActions(): readonly PageAction[] {
  const all = useSyncExternalStore(subscribe, () => offers).flatMap(([, actions]) => actions);
  return [...all.filter(({ isGeneral }) => !isGeneral), ...all.filter(({ isGeneral }) => isGeneral)];
}
