import { IconChevronLeft } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import classes from "@/components/page-header.module.css";
import { useDocumentTitle } from "@/lib/use-document-title.ts";

interface Props {
  title: string;
  lead?: ReactNode;
  back?: { to: string; label: string };
  actions?: ReactNode;
}

/** The one h1 of a page. */
export function PageHeader({ title, lead, back, actions }: Props) {
  useDocumentTitle(title);
  return (
    <header className={classes["header"]}>
      <div className={classes["words"]}>
        {back && (
          <Link to={back.to} className={classes["crumb"]}>
            <IconChevronLeft size={14} aria-hidden />
            {back.label}
          </Link>
        )}
        <h1 className={classes["title"]} title={title}>
          <bdi>{title}</bdi>
        </h1>
        {lead !== undefined && <div className={classes["lead"]}>{lead}</div>}
      </div>
      {actions !== undefined && <div className={classes["actions"]}>{actions}</div>}
    </header>
  );
}
