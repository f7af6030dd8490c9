import { Section } from "@/components/section.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import classes from "@/features/compare/compare.module.css";
import { JobMark } from "@/features/compare/job-mark.tsx";
import type { DifferingSetting, JobsComparison } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  comparison: JobsComparison;
}

/** The settings in which the jobs differ, one to a row, by their path in the spec. */
export function DifferingSettings({ comparison: { jobs, settings } }: Props) {
  const { t, format } = useI18n();
  const text = (value: DifferingSetting["values"][number]["value"]) => {
    if (typeof value === "number") return format.significant(value);
    if (typeof value === "boolean") return t(value ? "state.yes" : "state.no");
    return value ?? "–";
  };
  return (
    <Section title={t("compare.settings")} hint={t("compare.settings_hint")}>
      {settings.length === 0 ? (
        <p className="muted">{t("compare.settings_alike")}</p>
      ) : (
        <TableScroll label={t("compare.settings")}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("compare.setting")}</th>
                {jobs.map((job, place) => (
                  <th key={job.id} scope="col" className={classes["jobColumn"]}>
                    <span className="name">
                      <JobMark place={place} name={job.name} />
                    </span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {settings.map(({ path, values }) => (
                <tr key={path}>
                  <th scope="row">
                    <code>{path}</code>
                  </th>
                  {values.map(({ job_id: id, value, is_auto: isAuto }) => (
                    <td key={id} className={classes["settingValue"]}>
                      {text(value)}
                      {isAuto && <span className="small faint"> {t("compare.by_auto")}</span>}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </Section>
  );
}
