import type { en } from "@/lib/i18n/en.ts";
import type { Locale } from "@/lib/preferences.ts";

/** A text, or its plural forms chosen by `count` with the rules of the language. */
export type Message = string | { one?: string; other: string };
export type MessageKey = keyof typeof en;
export type Catalogue = Record<MessageKey, Message>;
export type Params = Record<string, string | number>;
export type Translate = (key: MessageKey, params?: Params) => string;

const PLACEHOLDER = /\{(\w+)\}/g;

function form(message: Message, locale: Locale, count: string | number | undefined): string {
  if (typeof message === "string") return message;
  const number = typeof count === "number" ? count : Number(count);
  return new Intl.PluralRules(locale).select(number) === "one" ? (message.one ?? message.other) : message.other;
}

/** Fills `{name}` from params; numbers are written with the digits grouping of the language. */
export function makeTranslate(catalogue: Catalogue, locale: Locale): Translate {
  const number = new Intl.NumberFormat(locale);
  return (key, params = {}) =>
    form(catalogue[key], locale, params["count"]).replace(PLACEHOLDER, (whole, name: string) => {
      const value = params[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? number.format(value) : value;
    });
}
