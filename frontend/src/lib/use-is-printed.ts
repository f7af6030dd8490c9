import { useSyncExternalStore } from "react";
import { flushSync } from "react-dom";

let isPrinted = false;

function subscribe(listener: () => void): () => void {
  // The browser takes its picture as soon as those who listen have returned.
  const tell = (is: boolean) => () => {
    isPrinted = is;
    flushSync(listener);
  };
  const before = tell(true);
  const after = tell(false);
  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
  return () => {
    removeEventListener("beforeprint", before);
    removeEventListener("afterprint", after);
  };
}

/** True while the page goes to paper, on which nothing can be unfolded. */
export function useIsPrinted(): boolean {
  return useSyncExternalStore(subscribe, () => isPrinted);
}
