import { useState } from "react";
import { Link, useParams } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { Facts } from "@/components/facts.tsx";
import { JobStateChip } from "@/components/job-state-chip.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { PrintButton } from "@/components/print-button.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { CheckpointsTable } from "@/features/jobs/checkpoints-table.tsx";
import { CurvePanel } from "@/features/jobs/curve-panel.tsx";
import { DiagnosisList } from "@/features/jobs/diagnosis-list.tsx";
import { EvaluationRows } from "@/features/jobs/evaluation-rows.tsx";
import { EvaluationView } from "@/features/jobs/evaluation-view.tsx";
import { ArchivedNotice } from "@/features/jobs/archived-notice.tsx";
import { JobActions } from "@/features/jobs/job-actions.tsx";
import { jobCode } from "@/features/jobs/job-code.ts";
import { JobDuration } from "@/features/jobs/job-duration.tsx";
import { JobLog } from "@/features/jobs/job-log.tsx";
import { JobNotes } from "@/features/jobs/job-notes.tsx";
import { JobProgress } from "@/features/jobs/job-progress.tsx";
import { useEvaluation, useHopedArchived, useHopedJobName, useJob, useLookedAt } from "@/features/jobs/job-queries.ts";
import type { JobStream } from "@/features/jobs/job-stream.ts";
import { JobTags } from "@/features/jobs/job-tags.tsx";
import { JobTimeline } from "@/features/jobs/job-timeline.tsx";
import classes from "@/features/jobs/job.module.css";
import { methodName } from "@/features/jobs/method-name.ts";
import { ResolvedSettings } from "@/features/jobs/resolved-settings.tsx";
import { ResourcePanel } from "@/features/jobs/resource-panel.tsx";
import { isMeasured } from "@/features/jobs/resource-use.ts";
import { RunFiles } from "@/features/jobs/run-files.tsx";
import { SearchSection } from "@/features/jobs/search-section.tsx";
import { StageStrip } from "@/features/jobs/stage-strip.tsx";
import { TrialCurves } from "@/features/jobs/trial-curves.tsx";
import { useJobStream } from "@/features/jobs/use-job-stream.ts";
import { sampleOf, truthOf } from "@/features/jobs/sample-question.ts";
import { ModelResult } from "@/features/models/model-result.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { ShareButton } from "@/features/share/share-button.tsx";
import type { Job } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isTerminal } from "@/lib/job-states.ts";
import { canWrite } from "@/lib/permissions.ts";

/** A job in one of these has a machine of its own. */
const AT_WORK: ReadonlySet<Job["state"]> = new Set(["starting", "running", "finalizing"]);

export function JobPage() {
  const { jobId = "" } = useParams();
  // A job is another page, not another state of the same one.
  return <JobLoader key={jobId} jobId={jobId} />;
}

function JobLoader({ jobId }: { jobId: string }) {
  const { t } = useI18n();
  const [generation, setGeneration] = useState(0);
  const stream = useJobStream(jobId, String(generation));
  const job = useJob(jobId, stream.connection === "live");
  const [lastState, setLastState] = useState(job.data?.state);
  if (job.data && job.data.state !== lastState) {
    setLastState(job.data.state);
    // The server ends a stream when a job rests; one that moves again is followed again.
    if (stream.connection === "ended" && !isTerminal(job.data.state)) setGeneration(generation + 1);
  }
  return (
    <>
      {!job.data && <h1 className="visually-hidden">{t("nav.jobs")}</h1>}
      <QueryView query={job} lines={6} wayOn={<ButtonLink to="/jobs">{t("nav.jobs")}</ButtonLink>}>
        {(data) => <JobView job={data} stream={stream} />}
      </QueryView>
    </>
  );
}

/** Whether the data doctor may have a finding about what a warning tells. */
function isAboutRows({ code }: Job["warnings"][number]): boolean {
  return code.startsWith("data:") && code !== "data:validation_split_off";
}

interface ViewProps {
  job: Job;
  stream: JobStream;
}

function JobView({ job, stream }: ViewProps) {
  const { t, format } = useI18n();
  const { tenant } = useWorkspace();
  const evaluation = useEvaluation(job);
  useLookedAt(job);
  const name = useHopedJobName(job);
  const archivedAt = useHopedArchived(job);
  const isWriter = canWrite(tenant);
  const { reason } = job;
  // What a diagnosis says, with what to do about it, is not said a second time.
  const explained = new Set(job.diagnoses.map((diagnosis) => diagnosis.warning));
  const isDone = job.state === "succeeded";
  const isBad = job.state === "failed" || job.state === "retry_wait";
  const needsWords = reason !== null && (isBad || (job.state === "paused" && reason.fault !== "nobody"));
  const curves = (
    <Section title={t("job.curves")} hint={t("job.curves_hint")} actions={<RunFiles jobId={job.id} />}>
      {job.search === null ? <CurvePanel source={{ jobId: job.id, prefix: "" }} curves={stream.curves} clock={stream.clock} totalSteps={job.progress.total_steps} /> : <TrialCurves jobId={job.id} curves={stream.curves} best={isDone ? (job.search.best?.number ?? null) : null} />}
    </Section>
  );
  return (
    <>
      <PageHeader
        title={name}
        code={jobCode(job, isWriter, t)}
        trail={[{ to: "/jobs", label: t("nav.jobs") }]}
        lead={
          <div className="row">
            <JobStateChip job={job} />
            <span className="small" style={{ minWidth: 0, maxWidth: "100%" }}>
              <Link to={`/datasets/${job.dataset.id}`} className="name">
                {job.dataset.name}
              </Link>{" "}
              v{job.dataset_version.number}
            </span>
            <span className="small">
              {job.base_model} · {methodName(job.spec.method, t)}
            </span>
            <JobTags job={job} canWrite={isWriter} />
          </div>
        }
        actions={
          <>
            <ShareButton />
            {isDone && <PrintButton />}
            <JobActions job={job} />
          </>
        }
      />
      {!isTerminal(job.state) && <JobProgress job={job} connection={stream.connection} />}
      <div className="stack" style={{ paddingBottom: 24 }}>
        {archivedAt !== null && <ArchivedNotice job={job} at={archivedAt} />}
        {needsWords && (
          <Notice
            tone={job.state === "failed" ? "error" : "warning"}
            title={t(job.state === "failed" ? `fault.${reason.fault}` : `job.state.${job.state}`)}
            action={
              job.state === "failed" && isWriter ? (
                <ButtonLink size="sm" variant="default" to={`/jobs/new?from=${job.id}`}>
                  {t("job.change_and_retry")}
                </ButtonLink>
              ) : undefined
            }
          >
            <p>{reason.message}</p>
            <p className="small muted">
              <code>{reason.code}</code>
            </p>
          </Notice>
        )}
        {job.state === "cancelled" && <Notice tone="info">{reason?.message ?? t("job.state.cancelled")}</Notice>}
        {job.delivers !== null && (
          <Notice tone="info">
            <p>
              {t("job.delivers", { step: job.delivers.step })}{" "}
              <Link to={`/jobs/${job.delivers.job_id}`} className="name">
                {job.delivers.job_name}
              </Link>
            </p>
          </Notice>
        )}
        {job.resumed_count > 0 && <p className="small muted">{t("job.resumed", { count: job.resumed_count })}</p>}
        {!isDone && <DiagnosisList job={job} />}
        {job.warnings.filter(({ code }) => !explained.has(code)).map((warning) => (
          <Notice
            key={`${warning.code} ${warning.at}`}
            tone="warning"
            action={
              isAboutRows(warning) ? (
                <ButtonLink size="xs" variant="default" to={`/datasets/${job.dataset.id}?tab=doctor`}>
                  {t("diagnosis.see_data")}
                </ButtonLink>
              ) : undefined
            }
          >
            <p>{warning.message}</p>
          </Notice>
        ))}
      </div>
      {isDone && (
        <QueryView query={evaluation} lines={5}>
          {(data) => (
            <EvaluationRows job={job} evaluation={data}>
              <EvaluationView evaluation={data} diagnoses={<DiagnosisList job={job} />}>
                {job.model_version_id !== null && (
                  <div data-print="never">
                    <ModelResult versionId={job.model_version_id} task={job.spec.task.type} sample={sampleOf(data)} truth={truthOf(data)} />
                  </div>
                )}
                <SearchSection job={job} />
              </EvaluationView>
            </EvaluationRows>
          )}
        </QueryView>
      )}
      {!isDone && <SearchSection job={job} />}
      {curves}
      {(isMeasured(stream.resources) || AT_WORK.has(job.state)) && (
        <Section title={t("resource.title")} hint={t("resource.hint")}>
          <ResourcePanel resources={stream.resources} />
        </Section>
      )}
      <JobNotes job={job} canWrite={isWriter} />
      {stream.events.length > 0 && (
        <Section title={t("stages.title")}>
          <StageStrip events={stream.events} isEnded={isTerminal(job.state)} />
        </Section>
      )}
      <div className={classes["twoColumns"]}>
        <Section title={t("job.facts")}>
          <Facts
            facts={[
              { label: t("job.duration"), value: <JobDuration job={job} /> },
              { label: t("job.created_by"), value: job.created_by?.email ?? "–" },
              { label: t("field.created"), value: format.dateTime(job.created_at) },
              { label: t("job.attempt"), value: format.integer(job.attempt) },
              {
                label: t("job.trainable"),
                value:
                  job.trainable_parameters === null || job.total_parameters === null
                    ? "–"
                    : t("job.trainable_value", {
                        trainable: format.compact(job.trainable_parameters),
                        total: format.compact(job.total_parameters),
                        share: format.percent(job.trainable_parameters / job.total_parameters, 1),
                      }),
              },
              { label: t("job.seed"), value: String(job.spec.seed) },
              { label: t("job.spec_digest"), value: <code title={job.spec_sha256}>{job.spec_sha256.slice(0, 12)}</code> },
            ]}
          />
        </Section>
        <Section title={t("events.title")}>
          <JobTimeline events={stream.events} />
        </Section>
      </div>
      <JobLog job={job} />
      {job.resolved.length > 0 && (
        <Section title={t("resolved.title")} hint={t("resolved.hint")}>
          <ResolvedSettings resolved={job.resolved} />
        </Section>
      )}
      {job.delivers === null && (
        <Section title={t("checkpoints.title")} hint={t(job.search === null ? "checkpoints.kept" : "checkpoints.hint", { count: job.spec.checkpointing.keep_last })}>
          <CheckpointsTable job={job} curves={stream.curves} />
        </Section>
      )}
    </>
  );
}
