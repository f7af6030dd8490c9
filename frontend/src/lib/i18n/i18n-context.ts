import { createContext, use } from "react";

import type { Formatter } from "@/lib/format.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import type { Locale } from "@/lib/preferences.ts";

export interface I18n {
  locale: Locale;
  setLocale: (locale: Locale) => void;
  /** Whether every sentence is there, or those of the pages before the product alone. */
  isWhole: boolean;
  loadWhole: () => Promise<void>;
  t: Translate;
  format: Formatter;
}

export const I18nContext = createContext<I18n | null>(null);

export function useI18n(): I18n {
  const value = use(I18nContext);
  if (value === null) throw new Error("useI18n needs an I18nProvider above it");
  return value;
}
