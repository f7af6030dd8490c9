import type { DataRole, TaskName } from "@/lib/api-types.ts";
import type { MessageKey, Translate } from "@/lib/i18n/translate.ts";

/** Every task that the server offers, in the order in which they are offered: a new one does not compile until it has words. */
const NAMES: Readonly<Record<TaskName, MessageKey>> = {
  classification: "task.classification",
  pair_classification: "task.pair_classification",
  multi_label: "task.multi_label",
  regression: "task.regression",
  pair_regression: "task.pair_regression",
  token_classification: "task.token_classification",
  question_answering: "task.question_answering",
  embedding: "task.embedding",
  similarity: "task.similarity",
  ranking: "task.ranking",
  causal_lm: "task.causal_lm",
  masked_lm: "task.masked_lm",
  chat: "task.chat",
  preference: "task.preference",
  translation: "task.translation",
  summarisation: "task.summarisation",
};

export const TASKS = Object.keys(NAMES) as readonly TaskName[];

function isKnown(task: string): task is TaskName {
  return Object.hasOwn(NAMES, task);
}

/** What a task is called; one that this page does not know yet keeps the server's name. */
export function taskName(task: string, t: Translate): string {
  return isKnown(task) ? t(NAMES[task]) : task;
}

/** A sentence on what a task is for. */
export function taskHint(task: TaskName, t: Translate): string {
  return t(`task.${task}_hint`);
}

/** What a part of an example is called in the middle of a sentence. */
export function partName(role: DataRole, t: Translate): string {
  return t(`part.${role}`);
}

/** The same at the beginning of one. */
export function partTitle(role: DataRole, t: Translate): string {
  const name = partName(role, t);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

const FIELDS: Readonly<Record<string, readonly DataRole[]>> = {
  pair_classification: ["text_a", "text_b"],
  pair_regression: ["text_a", "text_b"],
  similarity: ["text_a", "text_b"],
  question_answering: ["question", "context"],
  ranking: ["query", "candidates"],
  causal_lm: ["prompt"],
  chat: ["prompt"],
  preference: ["prompt"],
};

/** The fields that a model of a task is asked with, in the order in which they are shown. */
export function questionFields(task: string): readonly DataRole[] {
  return FIELDS[task] ?? ["text"];
}
