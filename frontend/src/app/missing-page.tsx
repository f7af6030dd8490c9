import { IconZoomQuestion } from "@tabler/icons-react";

import { ButtonLink } from "@/components/button-link.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useDocumentTitle } from "@/lib/use-document-title.ts";

/** What is somebody else's looks as what is not there. */
export function MissingPage() {
  const { t } = useI18n();
  useDocumentTitle(t("error.missing_title"));
  return (
    <>
      <h1 className="visually-hidden">{t("error.missing_title")}</h1>
      <StatePanel icon={<IconZoomQuestion size={28} />} title={t("error.missing_title")} action={<ButtonLink to="/">{t("nav.to_overview")}</ButtonLink>}>
        <p>{t("error.missing_hint")}</p>
      </StatePanel>
    </>
  );
}
