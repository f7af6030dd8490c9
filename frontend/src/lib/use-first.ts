import { useState } from "react";

import { useIsPrinted } from "@/lib/use-is-printed.ts";

const AT_ONCE = 50;

/** The first of many, and as many more of them at each wish; paper has all. `more` is null where nothing is left out. */
export function useFirst<T>(all: readonly T[], atOnce = AT_ONCE): { shown: readonly T[]; more: (() => void) | null } {
  const [count, setCount] = useState(atOnce);
  const isPrinted = useIsPrinted();
  const isWhole = isPrinted || all.length <= count;
  return { shown: isWhole ? all : all.slice(0, count), more: isWhole ? null : () => setCount(count + atOnce) };
}
