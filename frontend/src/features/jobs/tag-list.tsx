import { Link } from "react-router";

import { addressOf } from "@/features/jobs/job-filter.ts";
import classes from "@/features/jobs/tags.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  tags: readonly string[];
}

/** Tags of a job in a table; each leads to the jobs that have it too. */
export function TagList({ tags }: Props) {
  const { t } = useI18n();
  if (tags.length === 0) return null;
  return (
    <ul className={classes["tags"]} aria-label={t("tags.title")}>
      {tags.map((tag) => (
        <li key={tag} className={classes["tag"]}>
          <Link to={addressOf({ tag })} className="name" title={tag}>
            {tag}
          </Link>
        </li>
      ))}
    </ul>
  );
}
