/** A ref for what a click has just brought up in place of what was clicked. */
export function focus(node: HTMLElement | null): void {
  node?.focus();
}
