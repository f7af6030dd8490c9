import { Link } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { ErrorPanel } from "@/components/error-panel.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { Section } from "@/components/section.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { useDatasets } from "@/features/datasets/dataset-queries.ts";
import { useJobs } from "@/features/jobs/job-queries.ts";
import { JobTable } from "@/features/jobs/job-table.tsx";
import { RunningJobs } from "@/features/overview/running-jobs.tsx";
import { StartSteps } from "@/features/overview/start-steps.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isTerminal } from "@/lib/job-states.ts";
import { canWrite } from "@/lib/permissions.ts";

const SHOWN_FINISHED = 6;

export function OverviewPage() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const jobs = useJobs();
  const datasets = useDatasets();
  const allJobs = jobs.data?.pages.flatMap((page) => page.data);
  const allDatasets = datasets.data?.pages.flatMap((page) => page.data);
  const failure = jobs.isError && !allJobs ? jobs : datasets.isError && !allDatasets ? datasets : null;
  const running = allJobs?.filter((job) => !isTerminal(job.state)) ?? [];
  const finished = allJobs?.filter((job) => isTerminal(job.state)).slice(0, SHOWN_FINISHED) ?? [];
  const hasReady = allDatasets?.some((dataset) => dataset.latest_version !== null) ?? false;
  const isNew = finished.length === 0;
  return (
    <>
      <PageHeader
        title={t("overview.title")}
        lead={t("overview.lead", { organisation: tenant.name })}
        actions={
          canWrite(tenant.role) && hasReady ? (
            <>
              <ButtonLink to="/datasets/new" variant="default">
                {t("dataset.new")}
              </ButtonLink>
              <ButtonLink to="/jobs/new">{t("job.new")}</ButtonLink>
            </>
          ) : undefined
        }
      />
      {failure && <ErrorPanel error={failure.error} onRetry={() => void failure.refetch()} />}
      {!failure && (!allJobs || !allDatasets) && <Skeleton lines={5} />}
      {!failure && allJobs && allDatasets && (
        <>
          {isNew && <StartSteps hasDataset={hasReady} hasJob={allJobs.length > 0} canStart={canWrite(tenant.role)} />}
          {running.length > 0 && (
            <Section title={t("overview.running")}>
              <RunningJobs jobs={running} />
            </Section>
          )}
          {finished.length > 0 && (
            <Section title={t("overview.finished")} actions={<Link to="/jobs">{t("overview.all_jobs")}</Link>}>
              <JobTable jobs={finished} label={t("overview.finished")} />
            </Section>
          )}
        </>
      )}
    </>
  );
}
