import type { Catalogue } from "@/lib/i18n/translate.ts";
import type { Locale } from "@/lib/preferences.ts";

export async function loadCatalogue(locale: Locale): Promise<Catalogue> {
  if (locale === "zh-CN") return (await import("@/lib/i18n/zh.ts")).zh;
  return (await import("@/lib/i18n/en.ts")).en;
}
