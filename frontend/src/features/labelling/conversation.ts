/** A conversation as a cell holds it, and what is said about its turns. */
import type { LabelReview, LabelReviewTurn } from "@/lib/api-types.ts";

export interface Message {
  role: string;
  content: string | null;
  weight: number;
  /** Calls of tools as they are written, "" without any. */
  calls: string;
}

/** The messages of a cell; null where it holds something else. */
export function messagesOf(cell: unknown): Message[] | null {
  if (typeof cell !== "string" || !cell.startsWith("[")) return null;
  try {
    const found: unknown = JSON.parse(cell);
    return Array.isArray(found) && found.length > 0 && found.every(isMessage) ? found.map(messageOf) : null;
  } catch {
    return null;
  }
}

interface Kept {
  role: string;
  content?: string | null;
  weight?: number | null;
  tool_calls?: unknown;
  /** The one call of a message, in the form that is older. */
  function_call?: unknown;
}

function isMessage(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null || !("role" in value) || typeof value.role !== "string") return false;
  return !("content" in value) || value.content === null || typeof value.content === "string";
}

function messageOf({ role, content, weight, tool_calls: calls, function_call: single }: Kept): Message {
  const called = [callsText(calls), single ? callsText([{ function: single }]) : ""];
  return { role, content: content ?? null, weight: weight ?? 1, calls: called.filter((part) => part !== "").join("\n") };
}

/** Calls of tools, one to a line: `track({"number": 7})`. What has another form is shown as it is. */
function callsText(calls: unknown): string {
  if (!Array.isArray(calls)) return calls ? JSON.stringify(calls) : "";
  return calls.map((call: unknown) => (isCall(call) ? `${call.function.name}(${argumentsText(call.function.arguments)})` : JSON.stringify(call))).join("\n");
}

function argumentsText(given: unknown): string {
  if (given === undefined) return "";
  return typeof given === "string" ? given : JSON.stringify(given);
}

function isCall(call: unknown): call is { function: { name: string; arguments?: unknown } } {
  if (typeof call !== "object" || call === null || !("function" in call)) return false;
  const { function: named } = call;
  return typeof named === "object" && named !== null && "name" in named && typeof named.name === "string";
}

/** A conversation as a text to be read, a turn to a paragraph. */
export function turnText({ role, content, weight, calls }: Message): string {
  const learnt = role === "assistant" && weight !== 1 ? ` (${weight})` : "";
  return `${role}${learnt}: ${[content, calls].filter((part) => part !== null && part !== "").join("\n")}`;
}

/** The places of the assistant's turns. */
export function assistantTurns(messages: readonly Message[]): number[] {
  return messages.flatMap((message, index) => (message.role === "assistant" ? [index] : []));
}

/** The turns with something else said about one of them. What its message says already is left out. */
export function withTurn(turns: readonly LabelReviewTurn[], messages: readonly Message[], turn: LabelReviewTurn): LabelReviewTurn[] {
  const { index } = turn;
  const message = messages[index];
  const before = turns.find((one) => one.index === index);
  const { content, weight } = { ...before, ...turn };
  const news: LabelReviewTurn = {
    index,
    ...(content !== undefined && content !== message?.content ? { content } : {}),
    ...(weight !== undefined && weight !== message?.weight ? { weight } : {}),
  };
  const others = turns.filter((one) => one.index !== index);
  if (news.content === undefined && news.weight === undefined) return others;
  return [...others, news].sort((a, b) => a.index - b.index);
}

/** The review that corrections make; null without any, or while one of them is empty. */
export function reviewOf(turns: readonly LabelReviewTurn[]): LabelReview | null {
  if (turns.length === 0 || turns.some(isEmpty)) return null;
  return { verdict: "correct", turns: [...turns] };
}

export function isEmpty(turn: LabelReviewTurn | undefined): boolean {
  return turn?.content?.trim() === "";
}

export function isLearnt(message: Message, turn: LabelReviewTurn | undefined): boolean {
  return (turn?.weight ?? message.weight) > 0;
}
