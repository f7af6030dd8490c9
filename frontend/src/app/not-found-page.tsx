import { IconZoomQuestion } from "@tabler/icons-react";

import { ButtonLink } from "@/components/button-link.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useDocumentTitle } from "@/lib/use-document-title.ts";

export function NotFoundPage() {
  const { t } = useI18n();
  useDocumentTitle(t("error.page_missing_title"));
  return (
    <>
      <h1 className="visually-hidden">{t("error.page_missing_title")}</h1>
      <StatePanel
        icon={<IconZoomQuestion size={28} />}
        title={t("error.page_missing_title")}
        action={<ButtonLink to="/">{t("nav.to_overview")}</ButtonLink>}
      >
        <p>{t("error.page_missing_hint")}</p>
      </StatePanel>
    </>
  );
}
