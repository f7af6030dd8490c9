import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { RouterProvider } from "react-router/dom";

import { colorSchemeManager } from "@/app/color-scheme-manager.ts";
import { printInLight } from "@/app/print-in-light.ts";
import { makeRouter } from "@/app/router.tsx";
import { theme } from "@/components/theme.ts";
import { Toaster } from "@/components/toaster.tsx";
import { I18nProvider } from "@/lib/i18n/i18n-provider.tsx";
import type { Catalogue } from "@/lib/i18n/translate.ts";
import type { Locale } from "@/lib/preferences.ts";
import { makeQueryClient } from "@/lib/query-client.ts";

interface Props {
  initial: { locale: Locale; catalogue: Catalogue };
}

export function App({ initial }: Props) {
  const [queryClient] = useState(makeQueryClient);
  const [router] = useState(makeRouter);
  useEffect(printInLight, []);
  // Messages of the server come in the language of the request, so a change of language asks for them again.
  const refetch = useCallback(() => void queryClient.invalidateQueries(), [queryClient]);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={colorSchemeManager}>
      <QueryClientProvider client={queryClient}>
        <I18nProvider initial={initial} onChange={refetch}>
          <RouterProvider router={router} />
          <Toaster />
        </I18nProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
