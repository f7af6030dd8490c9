import { SCHEME } from "@/components/scheme.ts";

/**
 * Paper is white: while a page is printed it is in the light scheme. Style sheets know of paper by themselves; what is drawn on a canvas
 * watches the scheme of the page. Returns how to stop.
 */
export function printInLight(): () => void {
  const root = document.documentElement;
  let screen: string | null = null;
  const before = () => {
    screen = root.getAttribute(SCHEME);
    root.setAttribute(SCHEME, "light");
  };
  const after = () => {
    if (screen !== null) root.setAttribute(SCHEME, screen);
  };
  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
  return () => {
    removeEventListener("beforeprint", before);
    removeEventListener("afterprint", after);
  };
}
