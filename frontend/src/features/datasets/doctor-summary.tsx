import { Link } from "react-router";

import { Notice } from "@/components/notice.tsx";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { checkName, worstFirst } from "@/features/datasets/doctor-checks.ts";
import { isAtWork, useDoctorReport } from "@/features/datasets/doctor-queries.ts";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const NAMED = 3;

/** The doctor's report in a line, with the way to all of it. Nothing where there is none. */
export function DoctorSummary() {
  const { t, format } = useI18n();
  const { version } = useDatasetWork();
  const { data: report } = useDoctorReport(version.id);
  if (!report) return null;
  const open = worstFirst(report.findings.filter(({ decision }) => decision === "open"));
  const way = <Link to="?tab=doctor">{t("doctor.see")}</Link>;
  if (open.length > 0) {
    const names = open.slice(0, NAMED).map((finding) => t("doctor.named", { check: checkName(finding.code, t), count: finding.num_rows }));
    return (
      <Notice tone={open[0]?.severity === "info" ? "info" : "warning"} title={t("doctor.summary", { count: open.length })} action={way}>
        <p>{format.list(open.length > NAMED ? [...names, t("doctor.others", { count: open.length - NAMED })] : names)}</p>
      </Notice>
    );
  }
  if (isAtWork(report)) {
    return (
      <Notice tone="info" action={way}>
        <p>{t("doctor.summary_work")}</p>
      </Notice>
    );
  }
  if (report.state !== "done") return null;
  return (
    <Notice tone="good" action={way}>
      <p>{t("doctor.summary_sound", { count: totalRows(version) })}</p>
    </Notice>
  );
}
