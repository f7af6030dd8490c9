import type { MessageKey, Translate } from "@/lib/i18n/translate.ts";

const NAMES: ReadonlyMap<string, MessageKey> = new Map([
  ["classification", "task.classification"],
  ["pair_classification", "task.pair_classification"],
  ["multi_label", "task.multi_label"],
  ["regression", "task.regression"],
  ["pair_regression", "task.pair_regression"],
  ["token_classification", "task.token_classification"],
]);

/** What a task is called; one that this page does not know yet keeps the server's name. */
export function taskName(task: string, t: Translate): string {
  const key = NAMES.get(task);
  return key === undefined ? task : t(key);
}
