import { jobCalls } from "@/features/jobs/calls.ts";
import { FileButton } from "@/features/jobs/file-button.tsx";
import { send } from "@/lib/call.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** A job's whole curves for TensorBoard, and its record for the command that exports to MLflow and Weights & Biases. */
export function RunFiles({ jobId }: { jobId: string }) {
  const { t } = useI18n();
  const [curves, record] = [jobCalls.curveFile(jobId), jobCalls.recordFile(jobId)];
  return (
    <span className="row">
      <FileButton label={t("job.curve_file")} filename={curves.saveAs ?? ""} load={() => send(curves)} />
      <FileButton label={t("job.record_file")} filename={record.saveAs ?? ""} load={() => send(record)} />
    </span>
  );
}
