import { Button } from "@mantine/core";
import { useState } from "react";

import { ErrorPanel } from "@/components/error-panel.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { filterOfGroup, type Grouping, type JobFilter, narrowed } from "@/features/jobs/job-filter.ts";
import { JobGroupSection } from "@/features/jobs/job-group-section.tsx";
import classes from "@/features/jobs/job-groups.module.css";
import { JobSelectionBar } from "@/features/jobs/job-selection-bar.tsx";
import { useJobGroups } from "@/features/jobs/job-queries.ts";
import type { JobListItem } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useRowSelection } from "@/lib/row-selection.ts";

interface Props {
  by: Grouping;
  filter: JobFilter;
}

/** Jobs in groups that the server has counted; a group that is opened shows its part of the list. Jobs are chosen across groups. */
export function JobGroups({ by, filter }: Props) {
  const { t } = useI18n();
  const query = useJobGroups(by, filter);
  const groups = query.data?.pages.flatMap((page) => page.data);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [loaded, setLoaded] = useState<Readonly<Record<string, readonly JobListItem[]>>>({});
  const shown = (groups ?? []).filter(({ value }) => open.has(value)).flatMap(({ value }) => loaded[value] ?? []);
  // A job with two tags stands in two groups.
  const jobs = [...new Map(shown.map((job) => [job.id, job])).values()];
  const selection = useRowSelection(jobs.map(({ id }) => id));
  const toggle = (value: string) => setOpen((old) => (old.has(value) ? new Set([...old].filter((one) => one !== value)) : new Set([...old, value])));
  if (groups === undefined) return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Skeleton lines={5} />;
  if (groups.length === 0) return <p className="muted">{t("jobs.none_found")}</p>;
  return (
    <>
      {(by === "tag" || by === "week" || by === "batch") && <p className="small muted">{t(`groups.${by}_hint`)}</p>}
      <div className={classes["groups"]}>
        {groups.map((group) => (
          <JobGroupSection
            key={group.value}
            by={by}
            group={group}
            filter={narrowed(filter, filterOfGroup(by, group.value))}
            isOpen={open.has(group.value)}
            selection={selection}
            onToggle={() => toggle(group.value)}
            onLoaded={(rows) => setLoaded((old) => ({ ...old, [group.value]: rows }))}
          />
        ))}
      </div>
      <div className="row" style={{ marginTop: "var(--s-4)" }}>
        {query.hasNextPage && (
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("groups.more")}
          </Button>
        )}
        {open.size > 1 && (
          <Button variant="subtle" onClick={() => setOpen(new Set())}>
            {t("groups.close_all")}
          </Button>
        )}
      </div>
      <JobSelectionBar jobs={jobs} selection={selection} />
    </>
  );
}
