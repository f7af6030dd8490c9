import { Button } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useEffect, useEffectEvent, useId } from "react";
import { Link } from "react-router";

import { ErrorPanel } from "@/components/error-panel.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { addressOf, type Grouping, type JobFilter, withoutGroup } from "@/features/jobs/job-filter.ts";
import classes from "@/features/jobs/job-groups.module.css";
import { useJobs } from "@/features/jobs/job-queries.ts";
import { JobTable } from "@/features/jobs/job-table.tsx";
import { groupName } from "@/features/jobs/group-name.ts";
import type { JobGroup, JobListItem } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";
import { type RowSelection, selectionWithin } from "@/lib/row-selection.ts";
import { useNow } from "@/lib/use-now.ts";

interface Props {
  by: Grouping;
  group: JobGroup;
  /** What the list of this group is asked for. */
  filter: JobFilter;
  isOpen: boolean;
  selection: RowSelection;
  onToggle: () => void;
  onLoaded: (jobs: readonly JobListItem[]) => void;
}

/** One group: how many, the best and the newest; opened, its jobs. */
export function JobGroupSection({ by, group, filter, isOpen, selection, onToggle, onLoaded }: Props) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const now = useNow();
  const id = useId();
  const name = groupName(by, group, i18n);
  const metric = group.best && describeMetric(group.best.metric, i18n);
  const Icon = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <section aria-label={name}>
      <div className={classes["head"]}>
        <h2 className={classes["title"]}>
          <button type="button" className={classes["toggle"]} aria-expanded={isOpen} aria-controls={id} onClick={onToggle}>
            <Icon size={16} aria-hidden className={classes["icon"]} />
            <span className={`name ${classes["name"] ?? ""}`} title={name}>
              {name}
            </span>
          </button>
        </h2>
        <span className="small num muted">{t("groups.count", { count: group.num_jobs })}</span>
        {metric && group.best && <span className="small num">{t("groups.best", { metric: metric.short, value: metric.value(group.best.value) })}</span>}
        <span className={`small num muted ${classes["newest"] ?? ""}`}>{t("groups.newest", { at: format.relative(group.newest_at, now) })}</span>
      </div>
      <div id={id} hidden={!isOpen}>
        {isOpen && <GroupJobs name={name} filter={filter} selection={selection} onLoaded={onLoaded} />}
      </div>
    </section>
  );
}

type JobsProps = Pick<Props, "filter" | "selection" | "onLoaded"> & { name: string };

function GroupJobs({ name, filter, selection, onLoaded }: JobsProps) {
  const { t } = useI18n();
  const query = useJobs(filter);
  const pages = query.data?.pages;
  const tell = useEffectEvent((rows: readonly JobListItem[]) => onLoaded(rows));
  useEffect(() => tell(pages?.flatMap((page) => page.data) ?? []), [pages]);
  const rows = pages?.flatMap((page) => page.data);
  if (rows === undefined) return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Skeleton lines={3} />;
  return (
    <div className={classes["jobs"]}>
      {rows.length === 0 ? <p className="muted">{t("jobs.none_found")}</p> : <JobTable jobs={rows} label={name} selection={selectionWithin(selection, rows.map((job) => job.id))} />}
      <div className="row">
        {query.hasNextPage && (
          <Button size="sm" variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("groups.more_jobs")}
          </Button>
        )}
        <Link to={addressOf(withoutGroup(filter))} className="small">
          {t("groups.all")}
        </Link>
      </div>
    </div>
  );
}
