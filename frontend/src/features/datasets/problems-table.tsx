import { Chip } from "@/components/chip.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import type { Dataset } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  dataset: Dataset;
}

/** Every finding with the place to look at. */
export function ProblemsTable({ dataset }: Props) {
  const { t, format } = useI18n();
  const hidden = dataset.num_problems - dataset.problems.length;
  return (
    <>
      <TableScroll label={t("problems.title")}>
        <table className="table stacking">
          <thead>
            <tr>
              <th scope="col">{t("problems.severity")}</th>
              <th scope="col">{t("problems.what")}</th>
              <th scope="col">{t("problems.file")}</th>
              <th scope="col" className="num">
                {t("problems.row")}
              </th>
              <th scope="col">{t("problems.column")}</th>
              <th scope="col">{t("problems.value")}</th>
            </tr>
          </thead>
          <tbody>
            {dataset.problems.map((problem, index) => (
              // Two problems may be alike in everything that is shown.
              <tr key={`${index} ${problem.code}`}>
                <td>
                  <Chip tone={problem.severity === "error" ? "failed" : "held"}>{t(`problems.${problem.severity}`)}</Chip>
                </td>
                <td className="wrap lead" style={{ minWidth: 240 }}>
                  {problem.message}
                  <div className="small faint">
                    <code>{problem.code}</code>
                  </div>
                </td>
                <td style={{ maxWidth: 200 }} data-label={t("problems.file")} data-empty={problem.file == null || undefined}>
                  <span className="name" title={problem.file ?? ""}>
                    {problem.file ?? "–"}
                  </span>
                </td>
                <td className="num" data-label={t("problems.row")} data-empty={problem.row == null || undefined}>
                  {problem.row == null ? "–" : format.integer(problem.row)}
                </td>
                <td style={{ maxWidth: 140 }} data-label={t("problems.column")} data-empty={problem.column == null || undefined}>
                  <span className="name">{problem.column ?? "–"}</span>
                </td>
                <td style={{ maxWidth: 220 }} data-label={t("problems.value")} data-empty={problem.value == null || undefined}>
                  <span className="name" title={problem.value ?? ""}>
                    {problem.value ?? "–"}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      {hidden > 0 && <p className="small muted">{t("problems.more", { count: hidden })}</p>}
    </>
  );
}
