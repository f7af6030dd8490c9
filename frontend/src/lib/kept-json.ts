/** What the browser keeps as JSON: for this tab (`sessionStorage`), or for all of them and for longer (`localStorage`). */
export type Keeper = "sessionStorage" | "localStorage";

/** What stands under a key; null where nothing does, nothing that can be read, or where the browser keeps nothing. */
export function readKept(keeper: Keeper, key: string): unknown {
  try {
    return JSON.parse(window[keeper].getItem(key) ?? "null") as unknown;
  } catch {
    return null;
  }
}

/** Keep a value; null forgets it. Answers whether that is done: a browser that keeps nothing has it as long as the page lives. */
export function writeKept(keeper: Keeper, key: string, value: unknown): boolean {
  try {
    if (value === null) window[keeper].removeItem(key);
    else window[keeper].setItem(key, JSON.stringify(value));
    return true;
  } catch {
    // A private window, or a full store.
    return false;
  }
}
