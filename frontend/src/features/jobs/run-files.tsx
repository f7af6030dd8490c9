import { FileButton } from "@/features/jobs/file-button.tsx";
import { api, unwrap } from "@/lib/api-client.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** A job's whole curves for TensorBoard, and its record for the command that exports to MLflow and Weights & Biases. */
export function RunFiles({ jobId }: { jobId: string }) {
  const { t } = useI18n();
  const wanted = { params: { path: { id: jobId } }, parseAs: "blob" } as const;
  return (
    <span className="row">
      <FileButton label={t("job.curve_file")} filename={`events.out.tfevents.0.${jobId}`} load={() => unwrap(api.GET("/api/v1/jobs/{id}/tensorboard", wanted))} />
      <FileButton label={t("job.record_file")} filename={`record-${jobId}.json`} load={() => unwrap(api.GET("/api/v1/jobs/{id}/record", wanted))} />
    </span>
  );
}
