import { IconChartDots3 } from "@tabler/icons-react";
import { Link } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { ErrorPanel } from "@/components/error-panel.tsx";
import { MorePages } from "@/components/more-button.tsx";
import { NameFilterBar } from "@/components/name-filter-bar.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { ResultValue } from "@/components/result-value.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { modelsCode } from "@/features/models/model-code.ts";
import { useModels } from "@/features/models/model-queries.ts";
import { VerdictChip } from "@/features/models/verdict-chip.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";
import { isNamed, useNameFilter } from "@/lib/use-name-filter.ts";
import { useNow } from "@/lib/use-now.ts";

export function ModelsPage() {
  const { t, format } = useI18n();
  const { tenant } = useWorkspace();
  const [filter, change] = useNameFilter();
  const models = useModels(filter);
  const now = useNow();
  const rows = models.data?.pages.flatMap((page) => page.data);
  const hasNone = rows?.length === 0 && !models.isPlaceholderData && !isNamed(filter);
  return (
    <>
      <PageHeader title={t("nav.models")} lead={t("models.lead")} code={modelsCode(filter, canWrite(tenant), t)} />
      {!hasNone && <NameFilterBar filter={filter} onChange={change} />}
      {rows === undefined && (models.isError ? <ErrorPanel error={models.error} onRetry={() => void models.refetch()} /> : <Skeleton lines={5} />)}
      {rows?.length === 0 && !hasNone && <p className="muted">{t("jobs.none_found")}</p>}
      {hasNone && (
        <StatePanel icon={<IconChartDots3 size={28} />} title={t("models.empty_title")} action={<ButtonLink to="/jobs/new">{t("job.new")}</ButtonLink>}>
          <p>{t("models.empty_hint")}</p>
        </StatePanel>
      )}
      {rows && rows.length > 0 && (
        <TableScroll label={t("nav.models")}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("model.name")}</th>
                <th scope="col" className="roomy-only">
                  {t("job.base_model")}
                </th>
                <th scope="col" className="num roomy-only">
                  {t("model.version")}
                </th>
                <th scope="col" className="num">
                  {t("job.result")}
                </th>
                <th scope="col">{t("model.verdict")}</th>
                <th scope="col" className="num wide-only">
                  {t("field.created")}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((model) => {
                const summary = model.latest_version?.summary ?? null;
                return (
                  <tr key={model.id} data-link>
                    <th scope="row" style={{ maxWidth: "clamp(144px, 24vw, 360px)" }}>
                      <Link to={`/models/${model.id}`} className="title-link name" title={model.name}>
                        {model.name}
                      </Link>
                    </th>
                    <td className="muted roomy-only">{model.base_model}</td>
                    <td className="num roomy-only">{model.latest_version ? `v${model.latest_version.number}` : "–"}</td>
                    <td className="num">
                      <ResultValue summary={summary} />
                    </td>
                    <td>{summary ? <VerdictChip outcome={summary.verdict} /> : "–"}</td>
                    <td className="num muted wide-only">{format.relative(model.created_at, now)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </TableScroll>
      )}
      <MorePages of={models} />
      <p className="small" style={{ marginTop: "var(--s-5)" }}>
        <Link to="/models/deleted" className="muted">
          {t("deleted.models")}
        </Link>
      </p>
    </>
  );
}
