import type { ReactNode } from "react";

import { useScrollEdges } from "@/components/use-scroll-edges.ts";

interface Props {
  label: string;
  children: ReactNode;
}

/** A wide table scrolls inside its own region, which the keyboard can reach; the page itself never does. An edge with more behind it has a shadow. */
export function TableScroll({ label, children }: Props) {
  const { ref, edges } = useScrollEdges();
  return (
    <div className="table-edges" data-before={edges.before || undefined} data-after={edges.after || undefined}>
      {/* A scrolling region must be reachable by keyboard (WCAG 2.1.1). */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div ref={ref} className="table-scroll" role="group" aria-label={label} tabIndex={0}>
        {children}
      </div>
    </div>
  );
}
