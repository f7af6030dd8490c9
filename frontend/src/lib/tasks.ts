import type { TaskType } from "@/lib/api-types.ts";
import type { MessageKey, Translate } from "@/lib/i18n/translate.ts";

/** A new task is one line here; the compiler asks for it. */
const NAMES: Readonly<Record<TaskType, MessageKey>> = {
  classification: "task.classification",
  pair_classification: "task.pair_classification",
  multi_label: "task.multi_label",
  regression: "task.regression",
  pair_regression: "task.pair_regression",
  token_classification: "task.token_classification",
  question_answering: "task.question_answering",
  embedding: "task.embedding",
  ranking: "task.ranking",
  causal_lm: "task.causal_lm",
  masked_lm: "task.masked_lm",
  chat: "task.chat",
  preference: "task.preference",
};

function isKnown(task: string): task is TaskType {
  return Object.hasOwn(NAMES, task);
}

/** What a task is called; one that this page does not know yet keeps the server's name. */
export function taskName(task: string, t: Translate): string {
  return isKnown(task) ? t(NAMES[task]) : task;
}
