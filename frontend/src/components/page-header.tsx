import type { ReactNode } from "react";

import { Breadcrumbs, type Crumb } from "@/components/breadcrumbs.tsx";
import classes from "@/components/page-header.module.css";
import { useDocumentTitle } from "@/lib/use-document-title.ts";

interface Props {
  title: string;
  lead?: ReactNode;
  /** The pages above this one, the outermost first. */
  trail?: readonly Crumb[];
  actions?: ReactNode;
}

/** The one h1 of a page. */
export function PageHeader({ title, lead, trail, actions }: Props) {
  useDocumentTitle(title);
  return (
    <header className={classes["header"]}>
      <div className={classes["words"]}>
        {trail !== undefined && <Breadcrumbs trail={trail} here={title} />}
        <h1 className={classes["title"]} title={title}>
          <bdi>{title}</bdi>
        </h1>
        {lead !== undefined && <div className={classes["lead"]}>{lead}</div>}
      </div>
      {actions !== undefined && <div className={classes["actions"]}>{actions}</div>}
    </header>
  );
}
