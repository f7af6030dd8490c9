/** Cells as texts that can be read and written, and back. */
import type { TaskRole } from "@/lib/api-types.ts";

/** What stands in a cell as one text: for a word-by-word look at two of them. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(String).join(" ");
  return JSON.stringify(value);
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
