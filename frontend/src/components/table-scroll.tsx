import type { ReactNode } from "react";

interface Props {
  label: string;
  children: ReactNode;
}

/** A wide table scrolls inside its own region, which the keyboard can reach; the page itself never does. */
export function TableScroll({ label, children }: Props) {
  return (
    // A scrolling region must be reachable by keyboard (WCAG 2.1.1).
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="table-scroll" role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
