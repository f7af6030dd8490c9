import { Button, Modal } from "@mantine/core";

import { CodeFold } from "@/components/code-fold.tsx";
import { Notice } from "@/components/notice.tsx";
import { jobCalls } from "@/features/jobs/calls.ts";
import classes from "@/features/jobs/job.module.css";
import { useEachJob } from "@/features/jobs/use-each-job.ts";
import type { JobListItem } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  jobs: readonly JobListItem[];
  onClose: () => void;
}

/** Asks before several jobs are ended, and then says which of them could not be. */
export function CancelJobsDialog({ jobs, onClose }: Props) {
  const { t } = useI18n();
  const cancel = useEachJob();
  const count = jobs.length;
  const failures = cancel.data?.filter(({ error }) => error !== null) ?? [];
  return (
    <Modal opened onClose={onClose} title={cancel.data === undefined ? t("jobs.cancel_title", { count }) : t("jobs.cancel_result")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <div className="stack">
        {cancel.data === undefined ? (
          <>
            <ul className={classes["namedJobs"]}>
              {jobs.map((job) => (
                <li key={job.id} className="wrap">
                  {job.name}
                </li>
              ))}
            </ul>
            <p>{t("job.cancel_hint")}</p>
            <CodeFold calls={jobs.map(({ id }) => jobCalls.cancel(id))} />
          </>
        ) : (
          <div role="status" className="stack">
            {count > failures.length && <Notice tone="good">{t("jobs.cancelled", { count: count - failures.length })}</Notice>}
            {failures.length > 0 && (
              <Notice tone="error" title={t("jobs.not_cancelled", { count: failures.length })}>
                <ul className={classes["namedJobs"]}>
                  {failures.map(({ job, error }) => (
                    <li key={job.id} className="wrap">
                      {job.name}: {describeError(error, t)}
                    </li>
                  ))}
                </ul>
              </Notice>
            )}
          </div>
        )}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          {cancel.data === undefined ? (
            <>
              <Button variant="default" onClick={onClose} disabled={cancel.isPending}>
                {t("jobs.keep", { count })}
              </Button>
              <Button variant="danger" loading={cancel.isPending} onClick={() => cancel.mutate({ jobs, act: ({ id }) => send(jobCalls.cancel(id)) })}>
                {t("jobs.cancel_confirm", { count })}
              </Button>
            </>
          ) : (
            <Button onClick={onClose}>{t("action.close")}</Button>
          )}
        </div>
      </div>
    </Modal>
  );
}
