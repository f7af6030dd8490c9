import { Button } from "@mantine/core";
import { IconTags } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useParams } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { Chip } from "@/components/chip.tsx";
import { ErrorPanel } from "@/components/error-panel.tsx";
import { MorePages } from "@/components/more-button.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { useDataset } from "@/features/datasets/dataset-queries.ts";
import { sessionsCode } from "@/features/labelling/labelling-code.ts";
import { useLabelSessions } from "@/features/labelling/labelling-queries.ts";
import { StartSessionDialog } from "@/features/labelling/start-session-dialog.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Dataset } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { MessageKey } from "@/lib/i18n/translate.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { canWrite } from "@/lib/permissions.ts";
import { useNow } from "@/lib/use-now.ts";

/** What there is to do where rows have no labels. */
const HINTS: Readonly<Partial<Record<string, MessageKey>>> = {
  question_answering: "labelling.none_hint_answers",
  chat: "labelling.none_hint_review",
};

export function LabelSessionsPage() {
  const { datasetId = "" } = useParams();
  const dataset = useDataset(datasetId);
  return (
    <QueryView query={dataset} lines={4}>
      {(data) => <Sessions dataset={data} />}
    </QueryView>
  );
}

function Sessions({ dataset }: { dataset: Dataset }) {
  const { t, format } = useI18n();
  const { tenant } = useWorkspace();
  const sessions = useLabelSessions(dataset.id);
  const [isStarting, setStarting] = useState(false);
  const isWriter = canWrite(tenant);
  const now = useNow();
  const version = dataset.latest_version;
  const rows = sessions.data?.pages.flatMap((page) => page.data) ?? [];
  const begin = () => setStarting(true);
  const start = isWriter && version && <Button onClick={begin}>{t("labelling.start")}</Button>;
  usePageActions(isWriter && version ? [{ id: "start-labelling", label: t("labelling.start"), Icon: IconTags, run: begin }] : []);
  return (
    <>
      <PageHeader code={sessionsCode(dataset, isWriter, t)} title={t("labelling.title")} lead={t("labelling.lead")} trail={[{ to: "/datasets", label: t("nav.datasets") }, { to: `/datasets/${dataset.id}`, label: dataset.name }]} actions={rows.length > 0 && start} />
      {!version && <Notice tone="info">{t("labelling.no_version")}</Notice>}
      {sessions.data === undefined ? (
        sessions.isError ? <ErrorPanel error={sessions.error} onRetry={() => void sessions.refetch()} /> : <Skeleton lines={3} />
      ) : rows.length === 0 ? (
        <StatePanel title={t("labelling.none")} action={start}>
          <p>{t(HINTS[dataset.task] ?? "labelling.none_hint")}</p>
        </StatePanel>
      ) : (
        <TableScroll label={t("labelling.title")}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("field.name")}</th>
                <th scope="col">{t("labelling.state")}</th>
                <th scope="col" className="roomy-only">
                  {t("labelling.order")}
                </th>
                <th scope="col" className="roomy-only">
                  {t("dataset.version")}
                </th>
                <th scope="col" className="num wide-only">
                  {t("labelling.rows")}
                </th>
                <th scope="col" className="num wide-only">
                  {t("field.created")}
                </th>
                <th scope="col">
                  <span className="visually-hidden">{t("field.actions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((session) => (
                <tr key={session.id} data-link>
                  <th scope="row" style={{ maxWidth: "clamp(120px, 24vw, 360px)" }}>
                    <Link to={`/labelling/${session.id}/results`} className="title-link name" title={session.name}>
                      {session.name}
                    </Link>
                  </th>
                  <td>
                    <Chip tone={session.state === "open" ? "hot" : "cool"}>{t(`labelling.state.${session.state}`)}</Chip>
                  </td>
                  <td className="muted roomy-only">{t(`labelling.order.${session.order}`)}</td>
                  <td className="roomy-only">v{session.version_number}</td>
                  <td className="num wide-only">{format.integer(session.num_rows)}</td>
                  <td className="num muted wide-only">{format.relative(session.created_at, now)}</td>
                  <td className="num">
                    {isWriter && session.state === "open" && (
                      <ButtonLink size="xs" variant="default" to={`/labelling/${session.id}`}>
                        {t("labelling.label")}
                      </ButtonLink>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
      <MorePages of={sessions} />
      {isStarting && <StartSessionDialog dataset={dataset} onClose={() => setStarting(false)} />}
    </>
  );
}
