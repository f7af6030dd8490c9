/** Cells as texts that can be read and written, and back. */
import { messagesOf, turnText } from "@/features/labelling/conversation.ts";
import type { TaskRole } from "@/lib/api-types.ts";

/** What stands in a cell as one text: for a word-by-word look at two of them. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(String).join(" ");
  return JSON.stringify(value);
}

/** The same as somebody reads it: conversations turn by turn, answers one after the other. */
export function readText(value: unknown, kind: TaskRole["kind"]): string {
  if (kind === "answers") return answersOf(value)?.join(" · ") ?? cellText(value);
  return turnsOf(value, kind)?.join("\n\n") ?? cellText(value);
}

/** Two cells as they are read; of two conversations of the same length, the turns that differ. */
export function readTexts(before: unknown, after: unknown, kind: TaskRole["kind"]): [string, string] {
  const [old, now] = [turnsOf(before, kind), turnsOf(after, kind)];
  if (now === null || old?.length !== now.length) return [readText(before, kind), readText(after, kind)];
  const differing = (turns: readonly string[]) => turns.filter((_, index) => old[index] !== now[index]).join("\n\n");
  return [differing(old), differing(now)];
}

function turnsOf(value: unknown, kind: TaskRole["kind"]): string[] | null {
  const hasTurns = kind === "messages" || kind === "text_or_messages";
  return hasTurns ? (messagesOf(value)?.map(turnText) ?? null) : null;
}

function answersOf(value: unknown): string[] | null {
  if (typeof value !== "string") return null;
  try {
    const found: unknown = JSON.parse(value);
    const isAnswers = typeof found === "object" && found !== null && "text" in found && Array.isArray(found.text);
    return isAnswers ? (found.text as unknown[]).map(String) : null;
  } catch {
    return null;
  }
}

const LISTS: readonly TaskRole["kind"][] = ["labels", "tokens", "tags"];

/** Lists are written one part to a line, so that a part may hold any sign but that. */
export function isList(kind: TaskRole["kind"]): boolean {
  return LISTS.includes(kind);
}

export function fieldText(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join("\n") : cellText(value);
}

/** What a field holds as the server keeps it. A number that is none stays a text: the server says what is wrong with it. */
export function fieldValue(text: string, role: Pick<TaskRole, "kind" | "is_optional">): unknown {
  if (isList(role.kind)) return text === "" ? [] : text.split("\n");
  if (role.is_optional && text.trim() === "") return null;
  if (role.kind === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  return text;
}
