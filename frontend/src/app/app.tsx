import { MantineProvider } from "@mantine/core";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import type { DataRouter } from "react-router";
import { RouterProvider } from "react-router/dom";

import { colorSchemeManager } from "@/app/color-scheme-manager.ts";
import { printInLight } from "@/app/print-in-light.ts";
import { theme } from "@/components/theme.ts";
import { Toaster } from "@/components/toaster.tsx";
import { UpdateNotice } from "@/components/update-notice.tsx";
import { I18nProvider } from "@/lib/i18n/i18n-provider.tsx";
import type { Words } from "@/lib/i18n/load-catalogue.ts";
import { watchForUpdates } from "@/lib/updates.ts";

interface Props {
  router: DataRouter;
  queryClient: QueryClient;
  initial: Words;
}

export function App({ router, queryClient, initial }: Props) {
  useEffect(printInLight, []);
  useEffect(watchForUpdates, []);
  // Messages of the server come in the language of the request, so a change of language asks for them again.
  const refetch = useCallback(() => void queryClient.invalidateQueries(), [queryClient]);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={colorSchemeManager}>
      <QueryClientProvider client={queryClient}>
        <I18nProvider initial={initial} onChange={refetch}>
          <RouterProvider router={router} />
          <Toaster />
          <UpdateNotice />
        </I18nProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
