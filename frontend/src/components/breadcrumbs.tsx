import { Link } from "react-router";

import classes from "@/components/breadcrumbs.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export interface Crumb {
  to: string;
  label: string;
}

interface Props {
  trail: readonly Crumb[];
  /** The page itself. It stands below as the heading, so that here only screen readers are told. */
  here: string;
}

/** The way down to a page, each page above it a link. */
export function Breadcrumbs({ trail, here }: Props) {
  const { t } = useI18n();
  return (
    <nav aria-label={t("nav.trail")}>
      <ol className={classes["trail"]}>
        {trail.map(({ to, label }) => (
          <li key={to}>
            <Link to={to} title={label}>
              <bdi>{label}</bdi>
            </Link>
          </li>
        ))}
        <li className="visually-hidden" aria-current="page">
          {here}
        </li>
      </ol>
    </nav>
  );
}
