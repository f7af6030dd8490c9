import { IconFlame } from "@tabler/icons-react";
import { useNavigate, useSearchParams } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { ErrorPanel } from "@/components/error-panel.tsx";
import { MorePages } from "@/components/more-button.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { jobsCode } from "@/features/jobs/job-code.ts";
import { addressOf, changedFilter, type FilterChange, filterOf, isNarrow } from "@/features/jobs/job-filter.ts";
import { JobFilterBar } from "@/features/jobs/job-filter-bar.tsx";
import { JobGroups } from "@/features/jobs/job-groups.tsx";
import { useJobs } from "@/features/jobs/job-queries.ts";
import { JobSelectionBar } from "@/features/jobs/job-selection-bar.tsx";
import { JobTable } from "@/features/jobs/job-table.tsx";
import { SavedViews } from "@/features/jobs/saved-views.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";
import { useRowSelection } from "@/lib/row-selection.ts";

export function JobsPage() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const filter = filterOf(params);
  const change = (part: FilterChange) => void navigate(addressOf(changedFilter(filter, part)), { replace: true, preventScrollReset: true });
  const { group, sort } = filter;
  const clear = () => void navigate(addressOf({ ...(sort && { sort }), ...(group && { group }) }));
  const jobs = useJobs(filter, { enabled: group === undefined });
  const rows = group === undefined ? jobs.data?.pages.flatMap((page) => page.data) : undefined;
  const selection = useRowSelection(rows?.map(({ id }) => id) ?? []);
  const isUnfiltered = !isNarrow(filter);
  const create = canWrite(tenant) && <ButtonLink to="/jobs/new">{t("job.new")}</ButtonLink>;
  const headerActions = (
    <>
      <SavedViews filter={filter} />
      {create}
    </>
  );
  return (
    <>
      <PageHeader title={t("nav.jobs")} lead={t("jobs.lead")} code={jobsCode(filter, [...selection.selected], canWrite(tenant), t)} actions={rows?.length === 0 && isUnfiltered ? undefined : headerActions} />
      {!(rows?.length === 0 && isUnfiltered) && (
        <JobFilterBar filter={filter} onChange={change} onClear={clear} />
      )}
      {group !== undefined && <JobGroups key={group} by={group} filter={filter} />}
      {group === undefined && rows === undefined && (jobs.isError ? <ErrorPanel error={jobs.error} onRetry={() => void jobs.refetch()} /> : <Skeleton lines={5} />)}
      {rows?.length === 0 &&
        (isUnfiltered ? (
          <StatePanel icon={<IconFlame size={28} />} title={t("jobs.empty_title")} action={create}>
            <p>{t("jobs.empty_hint")}</p>
          </StatePanel>
        ) : (
          <p className="muted">{t("jobs.none_found")}</p>
        ))}
      {rows && rows.length > 0 && <JobTable jobs={rows} label={t("nav.jobs")} selection={selection} />}
      <MorePages of={jobs} />
      {group === undefined && <JobSelectionBar jobs={rows ?? []} selection={selection} />}
    </>
  );
}
