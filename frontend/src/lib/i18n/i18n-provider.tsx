import { type ReactNode, useEffect, useMemo, useState } from "react";

import { makeFormatter } from "@/lib/format.ts";
import { I18nContext } from "@/lib/i18n/i18n-context.ts";
import { loadCatalogue } from "@/lib/i18n/load-catalogue.ts";
import { type Catalogue, makeTranslate } from "@/lib/i18n/translate.ts";
import { type Locale, rememberLocale } from "@/lib/preferences.ts";
import { requestContext } from "@/lib/request-context.ts";

interface Props {
  initial: { locale: Locale; catalogue: Catalogue };
  onChange?: () => void;
  children: ReactNode;
}

/** Holds one language at a time; the other is fetched when it is asked for. */
export function I18nProvider({ initial, onChange, children }: Props) {
  const [current, setCurrent] = useState(initial);

  useEffect(() => {
    document.documentElement.lang = current.locale;
    requestContext.locale = current.locale;
  }, [current.locale]);

  const value = useMemo(
    () => ({
      locale: current.locale,
      t: makeTranslate(current.catalogue, current.locale),
      format: makeFormatter(current.locale),
      setLocale: (locale: Locale) => {
        rememberLocale(locale);
        void loadCatalogue(locale).then((catalogue) => {
          requestContext.locale = locale;
          setCurrent({ locale, catalogue });
          onChange?.();
        });
      },
    }),
    [current, onChange],
  );
  return <I18nContext value={value}>{children}</I18nContext>;
}
