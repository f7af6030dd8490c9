import { enDoor } from "@/lib/i18n/en-door.ts";
import type { Catalogue, DoorCatalogue } from "@/lib/i18n/translate.ts";
import type { Locale } from "@/lib/preferences.ts";

/** The sentences of a language: those of the pages before the product, a twentieth of all, or the whole. */
export interface Words {
  locale: Locale;
  catalogue: Catalogue | DoorCatalogue;
  isWhole: boolean;
}

export async function loadWords(locale: Locale, isWhole: boolean): Promise<Words> {
  return { locale, isWhole, catalogue: await (isWhole ? loadWhole(locale) : loadDoor(locale)) };
}

/** What is always there. */
export function englishDoor(): Words {
  return { locale: "en", catalogue: enDoor, isWhole: false };
}

async function loadWhole(locale: Locale): Promise<Catalogue> {
  if (locale === "zh-CN") return (await import("@/lib/i18n/zh.ts")).zh;
  return (await import("@/lib/i18n/en.ts")).en;
}

async function loadDoor(locale: Locale): Promise<DoorCatalogue> {
  if (locale === "zh-CN") return (await import("@/lib/i18n/zh-door.ts")).zhDoor;
  return enDoor;
}
