import type { en } from "@/lib/i18n/en.ts";
import type { enDoor } from "@/lib/i18n/en-door.ts";
import type { Locale } from "@/lib/preferences.ts";

/** A text, or its plural forms chosen by `count` with the rules of the language. */
export type Message = string | { one?: string; other: string };
export type MessageKey = keyof typeof en;
export type Catalogue = Record<MessageKey, Message>;
export type DoorCatalogue = Record<keyof typeof enDoor, Message>;
export type Params = Record<string, string | number>;
export type Translate = (key: MessageKey, params?: Params) => string;

const PLACEHOLDER = /\{(\w+)\}/g;

function form(message: Message, locale: Locale, count: string | number | undefined): string {
  if (typeof message === "string") return message;
  const number = typeof count === "number" ? count : Number(count);
  return new Intl.PluralRules(locale).select(number) === "one" ? (message.one ?? message.other) : message.other;
}

/**
 * Fills `{name}` from params; numbers are written with the digits grouping of the language.
 *
 * Before the door has been passed a catalogue has the door's sentences alone; a test sees to it that no page there asks for another. Asked
 * for one all the same, it shows the key.
 */
export function makeTranslate(catalogue: Catalogue | DoorCatalogue, locale: Locale): Translate {
  const words: Partial<Catalogue> = catalogue;
  const number = new Intl.NumberFormat(locale);
  return (key, params = {}) =>
    form(words[key] ?? key, locale, params["count"]).replace(PLACEHOLDER, (whole, name: string) => {
      const value = params[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? number.format(value) : value;
    });
}
