import type { ReactNode } from "react";

import classes from "@/features/labelling/labelling.module.css";

interface Props {
  /** The key that does the same. */
  keyName: string;
  children: ReactNode;
  isPressed?: boolean;
  isDisabled?: boolean;
  onClick: () => void;
}

/** Something that a key does as well. A click of the mouse leaves the keys to the page; who tabbed here stays here. */
export function KeyButton({ keyName, children, isPressed, isDisabled = false, onClick }: Props) {
  return (
    <button
      type="button"
      className={classes["label"]}
      aria-pressed={isPressed}
      disabled={isDisabled}
      onClick={(event) => {
        if (event.detail > 0) event.currentTarget.blur();
        onClick();
      }}
    >
      <kbd aria-hidden>{keyName}</kbd>
      <span className="wrap">{children}</span>
    </button>
  );
}
