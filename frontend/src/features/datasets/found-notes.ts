/** What the doctor notes about a single row, in words. */
import type { FoundRow } from "@/lib/api-types.ts";
import type { Formatter } from "@/lib/format.ts";
import type { MessageKey, Translate } from "@/lib/i18n/translate.ts";

const KINDS: Readonly<Record<string, MessageKey>> = {
  email: "found.email",
  phone: "found.phone",
  card: "found.card",
  iban: "found.iban",
  national_id: "found.national_id",
  ip: "found.ip",
  name: "found.name",
  secret: "found.secret",
  repairable: "found.repairable",
  lost: "found.lost",
  blank: "found.blank",
  invisible: "found.invisible",
  signs: "found.signs",
  one_character: "found.one_character",
  at_limit: "found.at_limit",
  mid_word: "found.mid_word",
  length: "found.length",
  unknown_tag: "found.unknown_tag",
  empty_token: "found.empty_token",
  no_beginning: "found.no_beginning",
  not_in_context: "found.not_in_context",
  wrong_place: "found.wrong_place",
  bad_tools: "found.bad_tools",
  bad_call: "found.bad_call",
  bad_arguments: "found.bad_arguments",
  unknown_tool: "found.unknown_tool",
  unknown_role: "found.unknown_role",
  no_assistant: "found.no_assistant",
  late_system: "found.late_system",
  tool_without_call: "found.tool_without_call",
  assistant_first: "found.assistant_first",
  ends_with_user: "found.ends_with_user",
  two_in_a_row: "found.two_in_a_row",
};

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

/** The kinds of what was found in a row. */
export function noteKinds({ note }: Pick<FoundRow, "note">): string[] {
  const all = texts(note["kinds"]);
  const one = text(note["kind"]);
  return all.length > 0 ? all : one === null ? [] : [one];
}

export interface FixChange {
  role: string;
  parts: { kind: "same" | "gone" | "new"; text: string }[];
}

/** What a fix changes in a text of the row, around the first place; null where it changes none. */
export function fixChange({ note }: Pick<FoundRow, "note">, fix: string): FixChange | null {
  const changes = note["changes"] as Readonly<Record<string, { role: string; parts: [FixChange["parts"][number]["kind"], string][] }>> | undefined;
  const change = changes?.[fix];
  return change ? { role: change.role, parts: change.parts.map(([kind, part]) => ({ kind, text: part })) } : null;
}

/** Short remarks, each a few words. */
export function noteWords(row: Pick<FoundRow, "note">, t: Translate, format: Formatter): string[] {
  const { note } = row;
  const words = noteKinds(row).flatMap((kind) => {
    const key = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    return key === undefined ? [] : [t(key)];
  });
  const similarity = note["similarity"];
  if (typeof similarity === "number") words.push(t("found.similarity", { share: format.percent(similarity, 0) }));
  if (typeof note["tokens"] === "number") words.push(t("found.tokens", { count: note["tokens"] }));
  const takenFor = text(note["taken_for"]);
  if (takenFor !== null) words.push(t("found.taken_for", { name: takenFor }));
  const [wrong, missing] = [texts(note["wrong"]), texts(note["missing"])];
  if (wrong.length > 0) words.push(t("found.labels_wrong", { names: format.list(wrong) }));
  if (missing.length > 0) words.push(t("found.labels_missing", { names: format.list(missing) }));
  return words;
}

/** Names of people that a model has told, as they are written: no pattern finds them. */
export function namesIn({ note }: Pick<FoundRow, "note">): string[] {
  return texts(note["names"]);
}

/** The row that this one repeats or contradicts. */
export function twinOf({ note }: Pick<FoundRow, "note">): number | null {
  return typeof note["same_as"] === "number" ? note["same_as"] : null;
}

export interface LabelDoubt {
  given: string | null;
  suggested: string;
  confidence: number | null;
}

/** A label that the doctor would give instead. What it would write into a text is none. */
export function labelDoubt({ note, cells }: Pick<FoundRow, "note" | "cells">): LabelDoubt | null {
  const suggested = text(note["suggested"]);
  if (suggested === null || text(note["kind"]) === "repairable") return null;
  return {
    given: text(note["given"]) ?? text(note["label"]) ?? cells["label"] ?? null,
    suggested,
    confidence: typeof note["confidence"] === "number" ? note["confidence"] : null,
  };
}

export interface MarkedPart {
  text: string;
  isMarked: boolean;
}

/** Signs that belong to personal data of each kind. They only show the place; what is masked is decided by the doctor. */
const PLACES: Readonly<Record<string, RegExp>> = {
  email: /[\w.%+-]+@[\w-]+(?:\.[\w-]+)+/g,
  phone: /\+?\(?\d[\d\s().\-/]{5,}\d/g,
  card: /\d(?:[ -]?\d){12,18}/g,
  iban: /[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}/g,
  national_id: /\d{3}-\d{2}-\d{4}|\d{17}[\dXx]/g,
  ip: /(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}/g,
  secret: /[\w+/-]{16,}={0,2}/g,
};

function placesOf(shown: string, passage: string): number[] {
  const places: number[] = [];
  for (let place = shown.indexOf(passage); passage !== "" && place >= 0; place = shown.indexOf(passage, place + passage.length)) places.push(place);
  return places;
}

/** A text with the signs of it told from the rest that the doctor names; null where it names none in this cell. */
export function partInQuestion({ note }: Pick<FoundRow, "note">, role: string, shown: string): MarkedPart[] | null {
  const at = note["at"];
  if (typeof at !== "object" || at === null || !("role" in at && "start" in at && "end" in at) || at.role !== role) return null;
  if (typeof at.start !== "number" || typeof at.end !== "number") return null;
  // Counted in characters, of which some are two in a text of this language.
  const signs = Array.from(shown);
  const parts = [
    { text: signs.slice(0, at.start).join(""), isMarked: false },
    { text: signs.slice(at.start, at.end).join(""), isMarked: true },
    { text: signs.slice(at.end).join(""), isMarked: false },
  ];
  return parts.filter(({ text }) => text !== "");
}

/** The word that the doctor names, and all that it questions there. */
export function wordsInQuestion(row: Pick<FoundRow, "note" | "cells">): { place: number; phrase: string } | null {
  const place = row.note["token"];
  if (typeof place !== "number") return null;
  const phrase = partInQuestion(row, "tokens", row.cells["tokens"] ?? "")?.find(({ isMarked }) => isMarked);
  return { place, phrase: phrase?.text ?? "" };
}

/** A text with the places of these kinds, and these passages, told from the rest. */
export function markedParts(shown: string, kinds: readonly string[], passages: readonly string[] = []): MarkedPart[] {
  const matches = kinds.flatMap((kind) => [...shown.matchAll((Object.hasOwn(PLACES, kind) ? PLACES[kind] : undefined) ?? /(?!)/g)]);
  const ranges = [
    ...matches.map((match) => ({ from: match.index, to: match.index + match[0].length })),
    ...passages.flatMap((passage) => placesOf(shown, passage).map((from) => ({ from, to: from + passage.length }))),
  ]
    .sort((a, b) => a.from - b.from);
  const parts: MarkedPart[] = [];
  let position = 0;
  for (const { from, to } of ranges) {
    if (from < position) continue;
    if (from > position) parts.push({ text: shown.slice(position, from), isMarked: false });
    parts.push({ text: shown.slice(from, to), isMarked: true });
    position = to;
  }
  if (position < shown.length) parts.push({ text: shown.slice(position), isMarked: false });
  return parts;
}
