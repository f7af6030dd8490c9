import { compareCalls } from "@/features/compare/calls.ts";
import { jobCalls } from "@/features/jobs/calls.ts";
import { MAX_POINTS } from "@/features/jobs/job-first-queries.ts";
import { type JobFilter, withoutGroup, withoutOrder } from "@/features/jobs/job-filter.ts";
import type { CodeGroup, CodeStep } from "@/lib/api-call.ts";
import type { Job, JobCreate } from "@/lib/api-types.ts";
import { blank } from "@/lib/call-blanks.ts";
import { stepOf, stepsOf } from "@/lib/call.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

const EVENTS = 100;

/** The requests of a launch: the launch itself, what it will take, and what the model will read. */
function launchSteps(body: JobCreate, t: Translate): CodeStep[] {
  return stepsOf([jobCalls.launch(body), jobCalls.estimate(body)], t);
}

function readingSteps(body: JobCreate, t: Translate): CodeStep[] {
  return stepsOf([jobCalls.preview(body), jobCalls.previewRead(blank("PREVIEW"))], t);
}

/** The signed address that the step before answers with. */
function downloadStep(t: Translate, folder: string, saveAs: string): CodeStep {
  return { label: t("code.download_file"), call: { method: "GET", path: `/downloads/${folder}LINK_TOKEN`, saveAs, needsNoKey: true } };
}

/** What can be asked and done on the page of a job. */
export function jobCode(job: Job, isWriter: boolean, t: Translate): CodeGroup[] {
  const { id } = job;
  const stream: CodeStep = { label: t("code.job_stream"), call: { method: "GET", path: `/api/v1/jobs/${id}/stream`, isStream: true } };
  const read = [
    ...stepsOf([jobCalls.read(id)], t),
    stream,
    ...stepsOf(
      [
        jobCalls.metrics(id, MAX_POINTS),
        jobCalls.events(id, EVENTS),
        jobCalls.log(id),
        ...(job.state === "succeeded" ? [jobCalls.evaluation(id)] : []),
        ...(job.search === null ? [] : [jobCalls.trials(id)]),
        compareCalls.compare({ ids: [id, blank("OTHER_JOB")], baseline: null }),
      ],
      t,
    ),
  ];
  const files = stepsOf([jobCalls.curveFile(id), jobCalls.recordFile(id), jobCalls.checkpoints(id)], t);
  const checkpoint = blank("CHECKPOINT");
  return [
    { title: t("code.group.read"), steps: read },
    ...(isWriter
      ? [
          {
            title: t("code.group.change"),
            steps: stepsOf([jobCalls.pause(id), jobCalls.resume(id), jobCalls.cancel(id), jobCalls.archive(id), jobCalls.unarchive(id), jobCalls.change(id, { name: job.name, notes: job.notes, tags: job.tags }), jobCalls.tags()], t),
          },
          { title: t("code.group.launch"), steps: [stepOf(jobCalls.duplicate(id, { name: "NEW_NAME" }), t), ...launchSteps(job.launch, t), ...readingSteps(job.launch, t)] },
        ]
      : []),
    {
      title: t("code.group.files"),
      steps: isWriter
        ? [...files, stepOf(jobCalls.checkpointLink(checkpoint), t), downloadStep(t, "checkpoints/", "checkpoint.zip"), stepOf(jobCalls.deliver(checkpoint), t)]
        : files,
    },
  ];
}

/** What can be asked and done on the list of jobs, of those that are chosen in it. */
export function jobsCode(filter: JobFilter, chosen: readonly string[], isWriter: boolean, t: Translate): CodeGroup[] {
  const ids = chosen.length === 0 ? [blank("JOB")] : chosen;
  return [
    { title: t("code.group.read"), steps: stepsOf([jobCalls.list(withoutGroup(filter)), jobCalls.groups(filter.group ?? "dataset", withoutOrder(filter)), jobCalls.tags(), compareCalls.compare({ ids: ids.length < 2 ? [...ids, blank("OTHER_JOB")] : ids, baseline: null })], t) },
    ...(isWriter ? [{ title: t("code.group.change"), steps: stepsOf(ids.flatMap((id) => [jobCalls.cancel(id), jobCalls.archive(id)]), t) }] : []),
  ];
}

/** What a launch is made of: with what is chosen, or before anything is. Of several launches, each. */
export function newJobCode(bodies: readonly JobCreate[], isWriter: boolean, t: Translate): CodeGroup[] {
  const [body = { dataset_version_id: blank("DATASET_VERSION"), base_model: blank("BASE_MODEL"), method: { type: "lora" } }, ...others] = bodies;
  const steps =
    others.length === 0
      ? [...launchSteps(body, t), ...readingSteps(body, t)]
      : bodies.map((one) => {
          const step = stepOf(jobCalls.launch(one), t);
          return { ...step, label: one.name ?? step.label };
        });
  return [{ title: t("code.group.read"), steps: stepsOf([jobCalls.baseModels()], t) }, ...(isWriter ? [{ title: t("code.group.launch"), steps }] : [])];
}
