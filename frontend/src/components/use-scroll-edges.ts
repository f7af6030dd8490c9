import { useEffect, useRef, useState } from "react";

/** On which sides of a region more of it can be scrolled to. */
export interface ScrollEdges {
  before: boolean;
  after: boolean;
}

function edgesOf({ scrollLeft, clientWidth, scrollWidth }: HTMLElement): ScrollEdges {
  // Less than zero where a text is read from right to left; at a zoom, the end is missed by a fraction of a pixel.
  const passed = Math.abs(scrollLeft);
  return { before: passed > 1, after: scrollWidth - clientWidth - passed > 1 };
}

export function useScrollEdges() {
  const ref = useRef<HTMLDivElement>(null);
  const [edges, setEdges] = useState<ScrollEdges>({ before: false, after: false });
  useEffect(() => {
    const region = ref.current;
    if (region === null) return;
    const look = () => {
      const now = edgesOf(region);
      setEdges((last) => (last.before === now.before && last.after === now.after ? last : now));
    };
    const sizes = new ResizeObserver(look);
    for (const part of [region, ...region.children]) sizes.observe(part);
    region.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      sizes.disconnect();
      region.removeEventListener("scroll", look);
    };
  }, []);
  return { ref, edges };
}
