import { IconStarFilled } from "@tabler/icons-react";

import { QueryView } from "@/components/query-view.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { CheckpointComparison } from "@/features/jobs/checkpoint-comparison.tsx";
import { CheckpointDeliver } from "@/features/jobs/checkpoint-deliver.tsx";
import { CheckpointDownload } from "@/features/jobs/checkpoint-download.tsx";
import { useCheckpoints } from "@/features/jobs/job-queries.ts";
import type { JobStream } from "@/features/jobs/job-stream.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Job } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canTakeAway, canWrite } from "@/lib/permissions.ts";

interface Props {
  job: Job;
  curves: JobStream["curves"];
}

/** The checkpoints that are kept, to download and, where they are of one run, to compare and to make models of. */
export function CheckpointsTable({ job, curves }: Props) {
  const { t, format } = useI18n();
  const { tenant } = useWorkspace();
  const mayTakeAway = canTakeAway(tenant);
  const checkpoints = useCheckpoints(job);
  const canDeliver = canWrite(tenant) && job.search === null;
  const until = job.checkpoints_kept_until;
  return (
    <QueryView query={checkpoints} lines={2}>
      {({ data }) =>
        data.length === 0 ? (
          <p className="muted">{t(until !== null && new Date(until) < new Date() ? "checkpoints.gone" : "checkpoints.none")}</p>
        ) : (
          <div className="stack">
            {until !== null && <p>{t("checkpoints.kept_until", { at: format.dateTime(until) })}</p>}
            <TableScroll label={t("checkpoints.title")}>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col" className="num" style={{ textAlign: "start" }}>
                      {t(job.search === null ? "job.step" : "trials.title")}
                    </th>
                    <th scope="col" className="num wide-only">
                      {t("job.epoch")}
                    </th>
                    <th scope="col" className="num">
                      {t("field.size")}
                    </th>
                    <th scope="col" className="num wide-only">
                      {t("field.created")}
                    </th>
                    {mayTakeAway && (
                      <th scope="col" data-print="never">
                        <span className="visually-hidden">{t("field.actions")}</span>
                      </th>
                    )}
                  </tr>
                </thead>
                <tbody>
                  {data.map((checkpoint) => (
                    <tr key={checkpoint.id}>
                      <th scope="row" style={{ minWidth: 60 }}>
                        {format.integer(checkpoint.step)}
                        {checkpoint.is_best && (
                          <span className="small muted">
                            {" "}
                            <IconStarFilled size={11} aria-hidden /> {t("checkpoints.best")}
                          </span>
                        )}
                      </th>
                      <td className="num wide-only">{format.decimal(checkpoint.epoch, 2)}</td>
                      <td className="num">{format.bytes(checkpoint.size_bytes)}</td>
                      <td className="num muted wide-only">{format.time(checkpoint.created_at)}</td>
                      {mayTakeAway && (
                        <td className="num" style={{ whiteSpace: "normal" }} data-print="never">
                          {canDeliver && !(checkpoint.is_best && job.state === "succeeded") && (
                            <CheckpointDeliver checkpointId={checkpoint.id} step={checkpoint.step} />
                          )}
                          <CheckpointDownload checkpoint={checkpoint} />
                        </td>
                      )}
                    </tr>
                  ))}
                </tbody>
              </table>
            </TableScroll>
            {mayTakeAway && (
              <p className="small muted">
                {canDeliver && <>{t("checkpoints.deliver_hint")} </>}
                {t("checkpoints.download_hint")}
              </p>
            )}
            {job.search === null && data.length > 1 && <CheckpointComparison checkpoints={data} curves={curves} />}
          </div>
        )
      }
    </QueryView>
  );
}
