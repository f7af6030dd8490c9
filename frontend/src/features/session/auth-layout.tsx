import type { ReactNode } from "react";

import { BrandMark } from "@/components/brand-mark.tsx";
import { LanguageSwitch } from "@/components/language-switch.tsx";
import classes from "@/features/session/auth-layout.module.css";
import { CoolingFigure } from "@/features/session/cooling-figure.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useDocumentTitle } from "@/lib/use-document-title.ts";

interface Props {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
}

/** The frame of the pages before the product: sign in, sign up, new password, first organisation, invitation. */
export function AuthLayout({ title, lead, children }: Props) {
  const { t } = useI18n();
  useDocumentTitle(title);
  return (
    <div className={classes["page"]}>
      <main className={classes["form"]}>
        <div className={classes["top"]}>
          <span className={classes["brand"]}>
            <BrandMark size={26} />
            Anneal
          </span>
          <LanguageSwitch />
        </div>
        <div className={classes["inner"]}>
          <h1 className="wrap">{title}</h1>
          {lead !== undefined && <p className={classes["lead"]}>{lead}</p>}
          {children}
        </div>
      </main>
      <aside className={classes["aside"]} aria-label={t("auth.aside")}>
        <p className={classes["claim"]}>{t("auth.claim")}</p>
        <CoolingFigure />
        <p className={classes["caption"]}>{t("auth.caption")}</p>
      </aside>
    </div>
  );
}
