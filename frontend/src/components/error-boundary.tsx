import { Button } from "@mantine/core";
import { useEffect } from "react";
import { isRouteErrorResponse, useRouteError } from "react-router";

import { StatePanel } from "@/components/state-panel.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** The last net under a route: says that the page broke, not the data, and offers to load it anew. */
export function ErrorBoundary() {
  const error = useRouteError();
  const { t } = useI18n();
  useEffect(() => console.error(error), [error]);
  const text = isRouteErrorResponse(error) ? `${error.status} ${error.statusText}` : error instanceof Error ? error.message : String(error);
  return (
    <main style={{ padding: "24px clamp(16px, 5vw, 64px)" }}>
      <h1 className="visually-hidden">Anneal</h1>
      <StatePanel title={t("error.crash_title")} action={<Button onClick={() => location.reload()}>{t("action.reload")}</Button>}>
        <p>{t("error.crash_hint")}</p>
        <p className="small">
          <code>{text}</code>
        </p>
      </StatePanel>
    </main>
  );
}
