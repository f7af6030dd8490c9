import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";

import { makeFormatter } from "@/lib/format.ts";
import { I18nContext } from "@/lib/i18n/i18n-context.ts";
import { loadWords, type Words } from "@/lib/i18n/load-catalogue.ts";
import { makeTranslate } from "@/lib/i18n/translate.ts";
import { type Locale, rememberLocale } from "@/lib/preferences.ts";
import { requestContext } from "@/lib/request-context.ts";

interface Props {
  initial: Words;
  onChange?: () => void;
  children: ReactNode;
}

/** Holds one language at a time; the other is fetched when it is asked for, and so is what is said behind the door. */
export function I18nProvider({ initial, onChange, children }: Props) {
  const [current, setCurrent] = useState(initial);
  const { locale, isWhole } = current;

  useEffect(() => {
    document.documentElement.lang = locale;
    requestContext.locale = locale;
  }, [locale]);

  const loadWhole = useCallback(async () => {
    const words = await loadWords(locale, true);
    // Unless another language was chosen meanwhile: it is asked for its own.
    setCurrent((now) => (now.locale === locale ? words : now));
  }, [locale]);
  const setLocale = useCallback(
    (chosen: Locale) => {
      rememberLocale(chosen);
      void loadWords(chosen, isWhole).then((words) => {
        requestContext.locale = chosen;
        setCurrent(words);
        onChange?.();
      });
    },
    [isWhole, onChange],
  );

  const value = useMemo(
    () => ({
      locale,
      t: makeTranslate(current.catalogue, locale),
      format: makeFormatter(locale),
      setLocale,
      isWhole,
      loadWhole,
    }),
    [current, locale, setLocale, isWhole, loadWhole],
  );
  return <I18nContext value={value}>{children}</I18nContext>;
}
