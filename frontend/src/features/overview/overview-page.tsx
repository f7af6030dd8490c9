import { Link } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { FinishedJobs } from "@/features/overview/finished-jobs.tsx";
import { useHome, useNoteVisit } from "@/features/overview/home-queries.ts";
import { overviewCode } from "@/features/overview/overview-code.ts";
import { RunningJobs } from "@/features/overview/running-jobs.tsx";
import { StartSteps } from "@/features/overview/start-steps.tsx";
import { WaitingSection } from "@/features/overview/waiting-section.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canRead, canWrite, isActive } from "@/lib/permissions.ts";

/** Home: what waits for a decision, what runs, what came out since the last visit; for a newcomer, how to begin. */
export function OverviewPage() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const home = useHome();
  useNoteVisit(isActive(tenant));
  const isWriter = canWrite(tenant);
  return (
    <>
      <PageHeader
        title={t("overview.title")}
        code={canRead(tenant) ? overviewCode(isWriter, t) : []}
        lead={t("overview.lead", { organisation: tenant.name })}
        actions={
          isWriter && home.data?.first_steps === null ? (
            <>
              <ButtonLink to="/datasets/new" variant="default">
                {t("dataset.new")}
              </ButtonLink>
              <ButtonLink to="/jobs/new">{t("job.new")}</ButtonLink>
            </>
          ) : undefined
        }
      />
      <QueryView query={home} lines={5}>
        {({ waiting, waiting_left: left, running, finished, first_steps: steps }) => (
          <>
            {steps && <StartSteps steps={steps} canStart={isWriter} />}
            {isActive(tenant) && <WaitingSection items={waiting} left={left} canWrite={isWriter} />}
            {running.length > 0 && (
              <Section title={t("overview.running")}>
                <RunningJobs jobs={running} />
              </Section>
            )}
            {finished.length > 0 && (
              <Section title={t("overview.finished")} actions={<Link to="/jobs">{t("overview.all_jobs")}</Link>}>
                <FinishedJobs jobs={finished} />
              </Section>
            )}
          </>
        )}
      </QueryView>
    </>
  );
}
