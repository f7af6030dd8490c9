import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { sessionQuery } from "@/features/session/session-queries.ts";
import { api, unwrap } from "@/lib/api-client.ts";
import type { Session } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** E-mails come in the language that the page was last read in; the server is told when that is another one. */
export function useKeepLanguage(user: Session["user"]): void {
  const { locale } = useI18n();
  const client = useQueryClient();
  const isOther = user !== null && user.language !== locale;
  useEffect(() => {
    if (!isOther) return;
    void unwrap(api.PATCH("/api/v1/account", { body: { language: locale } })).then(
      () => client.setQueryData(sessionQuery.queryKey, (old) => old && { ...old, user: old.user && { ...old.user, language: locale } }),
      // Told again when the page is next opened; nothing that is seen depends on it.
      () => undefined,
    );
  }, [client, isOther, locale]);
}
