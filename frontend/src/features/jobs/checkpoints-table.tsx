import { IconStarFilled } from "@tabler/icons-react";

import { QueryView } from "@/components/query-view.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { useCheckpoints } from "@/features/jobs/job-queries.ts";
import type { Job } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  job: Job;
}

export function CheckpointsTable({ job }: Props) {
  const { t, format } = useI18n();
  const checkpoints = useCheckpoints(job);
  return (
    <QueryView query={checkpoints} lines={2}>
      {({ data }) =>
        data.length === 0 ? (
          <p className="muted">{t("checkpoints.none")}</p>
        ) : (
          <TableScroll label={t("checkpoints.title")}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col" className="num" style={{ textAlign: "start" }}>
                    {t(job.search === null ? "job.step" : "trials.title")}
                  </th>
                  <th scope="col" className="num">
                    {t("job.epoch")}
                  </th>
                  <th scope="col" className="num">
                    {t("field.size")}
                  </th>
                  <th scope="col" className="num">
                    {t("field.created")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.map((checkpoint) => (
                  <tr key={checkpoint.id}>
                    <th scope="row">
                      {format.integer(checkpoint.step)}
                      {checkpoint.is_best && (
                        <span className="small muted">
                          {" "}
                          <IconStarFilled size={11} aria-hidden /> {t("checkpoints.best")}
                        </span>
                      )}
                    </th>
                    <td className="num">{format.decimal(checkpoint.epoch, 2)}</td>
                    <td className="num">{format.bytes(checkpoint.size_bytes)}</td>
                    <td className="num muted">{format.time(checkpoint.created_at)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableScroll>
        )
      }
    </QueryView>
  );
}
