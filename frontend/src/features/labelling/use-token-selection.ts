import { type RefObject, useRef, useState } from "react";

import { tokenInLine } from "@/features/labelling/token-lines.ts";
import { useKeys } from "@/lib/use-keys.ts";

export interface TokenSelection {
  /** The tokens that are chosen, from the first to the last of them. */
  first: number;
  last: number;
  /** The one that the next key moves from. */
  head: number;
  /** Of the element that holds the tokens: their lines are looked up there. */
  place: RefObject<HTMLDivElement | null>;
  /** Go to a token; with `extends_`, take everything up to it. */
  select: (token: number, extends_: boolean) => void;
  selectRange: (first: number, last: number) => void;
}

/** Neighbouring words that are chosen with the mouse, or with the arrows while Shift is held. */
export function useTokenSelection(count: number): TokenSelection {
  const [anchor, setAnchor] = useState(0);
  const [head, setHead] = useState(0);
  const place = useRef<HTMLDivElement>(null);

  const select = (token: number, extends_: boolean) => {
    const at = Math.max(0, Math.min(count - 1, token));
    setHead(at);
    if (!extends_) setAnchor(at);
  };
  const go = (token: number, extends_: boolean) => {
    select(token, extends_);
    place.current?.querySelector(`[data-token="${token}"]`)?.scrollIntoView({ block: "nearest" });
  };
  useKeys((event) => {
    if (event.key === "ArrowRight") go(head + 1, event.shiftKey);
    else if (event.key === "ArrowLeft") go(head - 1, event.shiftKey);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") go(tokenInLine(place.current, head, event.key === "ArrowDown" ? 1 : -1), event.shiftKey);
    else return false;
    return true;
  });
  return {
    first: Math.min(anchor, head),
    last: Math.max(anchor, head),
    head,
    place,
    select,
    selectRange: (first, last) => {
      setAnchor(first);
      setHead(last);
    },
  };
}
