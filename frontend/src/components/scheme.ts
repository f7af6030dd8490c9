/** The attribute of the page that says whether it is light or dark. */
export const SCHEME = "data-mantine-color-scheme";

/** Calls back when the page turns light or dark, also for paper; returns how to stop. */
export function onSchemeChange(draw: () => void): () => void {
  const watcher = new MutationObserver(draw);
  watcher.observe(document.documentElement, { attributeFilter: [SCHEME] });
  return () => watcher.disconnect();
}
