import type { ReactNode } from "react";

import { Breadcrumbs, type Crumb } from "@/components/breadcrumbs.tsx";
import { CodeButton } from "@/components/code-button.tsx";
import classes from "@/components/page-header.module.css";
import type { CodeGroup } from "@/lib/api-call.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useDocumentTitle } from "@/lib/use-document-title.ts";

interface Props {
  title: string;
  lead?: ReactNode;
  /** The pages above this one, the outermost first. */
  trail?: readonly Crumb[];
  actions?: ReactNode;
  /** What can be asked and done here, as requests of the API. */
  code?: readonly CodeGroup[];
}

/** The one h1 of a page. */
export function PageHeader({ title, lead, trail, actions, code }: Props) {
  const { t } = useI18n();
  useDocumentTitle(title);
  const hasCode = code !== undefined && code.length > 0;
  return (
    <header className={classes["header"]}>
      <div className={classes["words"]}>
        {trail !== undefined && <Breadcrumbs trail={trail} here={title} />}
        <h1 className={classes["title"]} title={title}>
          <bdi>{title}</bdi>
        </h1>
        {lead !== undefined && <div className={classes["lead"]}>{lead}</div>}
      </div>
      {(hasCode || actions !== undefined) && (
        <div className={classes["actions"]}>
          {hasCode && <CodeButton title={t("code.this_page")} groups={code} isOfPage className={classes["code"]} />}
          {actions}
        </div>
      )}
    </header>
  );
}
