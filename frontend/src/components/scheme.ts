/** Calls back when the page turns light or dark, also for paper; returns how to stop. */
export function onSchemeChange(draw: () => void): () => void {
  const watcher = new MutationObserver(draw);
  watcher.observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });
  return () => watcher.disconnect();
}
