import { Button } from "@mantine/core";
import { IconChecks, IconLock, IconLockOpen } from "@tabler/icons-react";
import { useState } from "react";
import { useParams } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { Chip } from "@/components/chip.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { Facts } from "@/components/facts.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { ProgressBar } from "@/components/progress-bar.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { Disputes } from "@/features/labelling/disputes.tsx";
import { FinishDialog } from "@/features/labelling/finish-dialog.tsx";
import { sessionCode } from "@/features/labelling/labelling-code.ts";
import { useChangeSession, useLabelProgress, useLabelSession } from "@/features/labelling/labelling-queries.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { LabelProgress, LabelSession } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { canOversee, canWrite, isActive, isWorker } from "@/lib/permissions.ts";

export function LabelResultsPage() {
  const { sessionId = "" } = useParams();
  const session = useLabelSession(sessionId);
  return (
    <QueryView query={session} lines={6}>
      {(data) => <Results session={data} />}
    </QueryView>
  );
}

function Results({ session }: { session: LabelSession }) {
  const { t } = useI18n();
  const { tenant, user } = useWorkspace();
  const progress = useLabelProgress(session.id);
  const change = useChangeSession(session.id);
  const [isFinishing, setFinishing] = useState(false);
  const isOwner = canOversee(tenant) || (isWorker(tenant.role) && session.created_by?.id === user.id);
  const mayChange = isActive(tenant) && isOwner;
  const made = session.change;
  const isFinished = made !== null && made.state !== "failed";
  const switchState = () => change.mutate({ state: session.state === "open" ? "closed" : "open" });
  const finish = () => setFinishing(true);
  usePageActions(
    mayChange && !isFinished
      ? [
          { id: "finish-session", label: t("labelling.finish"), Icon: IconChecks, run: finish },
          ...(change.isPending ? [] : [{ id: "switch-session", label: t(session.state === "open" ? "labelling.close" : "labelling.reopen"), Icon: session.state === "open" ? IconLock : IconLockOpen, run: switchState }]),
        ]
      : [],
  );
  return (
    <>
      <PageHeader
        title={session.name}
        code={sessionCode(session, mayChange, t)}
        trail={[
          { to: "/datasets", label: t("nav.datasets") },
          { to: `/datasets/${session.dataset_id}`, label: session.dataset_name },
          { to: `/datasets/${session.dataset_id}/labelling`, label: t("labelling.title") },
        ]}
        lead={
          <span className="row">
            <Chip tone={session.state === "open" ? "hot" : "cool"}>{t(`labelling.state.${session.state}`)}</Chip>
            <span className="small">{t(`labelling.order.${session.order}`)}</span>
            <span className="small">v{session.version_number}</span>
          </span>
        }
        actions={
          <>
            {canWrite(tenant) && session.state === "open" && (
              <ButtonLink variant="default" to={`/labelling/${session.id}`}>
                {t("labelling.label")}
              </ButtonLink>
            )}
            {mayChange && !isFinished && (
              <>
                <Button variant="default" loading={change.isPending} onClick={switchState}>
                  {t(session.state === "open" ? "labelling.close" : "labelling.reopen")}
                </Button>
                <Button onClick={finish}>{t("labelling.finish")}</Button>
              </>
            )}
          </>
        }
      />
      <ErrorNotice error={change.error} />
      {made?.state === "waiting" && <Notice tone="info">{t("labelling.making")}</Notice>}
      {made?.state === "applied" && made.version && (
        <Notice tone="good" action={<ButtonLink to={`/datasets/${session.dataset_id}`}>{t("labelling.to_dataset")}</ButtonLink>}>
          <p>{t("labelling.made", { version: `v${made.version.number}`, count: made.version.num_changed ?? 0 })}</p>
          {(made.version.num_removed ?? 0) > 0 && <p>{t("labelling.taken_out", { count: made.version.num_removed ?? 0 })}</p>}
          {(made.version.change?.num_tied ?? 0) > 0 && <p>{t("labelling.tied", { count: made.version.change?.num_tied ?? 0 })}</p>}
          {(made.version.change?.num_left_out ?? 0) > 0 && <p>{t("labelling.left_out", { count: made.version.change?.num_left_out ?? 0 })}</p>}
        </Notice>
      )}
      {made?.state === "failed" && <Notice tone="error">{made.problems[0]?.message ?? t("labelling.not_made")}</Notice>}
      <QueryView query={progress} lines={5}>
        {(data) => (
          <>
            <Progress progress={data} />
            <Agreement session={session} progress={data} />
            <Labellers progress={data} />
            {isOwner && data.agreement.num_disputed > 0 && <Disputes session={session} isReadOnly={isFinished || !mayChange} />}
          </>
        )}
      </QueryView>
      {isFinishing && <FinishDialog session={session} onClose={() => setFinishing(false)} />}
    </>
  );
}

function Progress({ progress }: { progress: LabelProgress }) {
  const { t, format } = useI18n();
  return (
    <Section title={t("labelling.progress")}>
      <div className="stack">
        <ProgressBar label={t("labelling.progress")} share={progress.num_wanted > 0 ? progress.num_given / progress.num_wanted : null} />
        <Facts
          facts={[
            { label: t("labelling.rows_done"), value: t("labelling.of", { done: format.integer(progress.num_done), total: format.integer(progress.num_rows) }) },
            { label: t("labelling.labels_given"), value: t("labelling.of", { done: format.integer(progress.num_given), total: format.integer(progress.num_wanted) }) },
            { label: t("labelling.seconds"), value: progress.seconds_per_row === null ? "–" : format.decimal(progress.seconds_per_row, 1) },
          ]}
        />
      </div>
    </Section>
  );
}

/** What everybody may say in a session of its form has words of its own; labels are called what they are. */
function choiceName(session: LabelSession, label: string, t: Translate): string {
  if (session.form === "preferred" && (label === "left" || label === "right")) return t(`labelling.side.${label}`);
  if (session.form === "review" && (label === "accept" || label === "correct" || label === "drop")) return t(`labelling.verdict.${label}`);
  return label;
}

function Agreement({ session, progress: { agreement } }: { session: LabelSession; progress: LabelProgress }) {
  const { t, format } = useI18n();
  const figure = (value: number | null) => (value === null ? "–" : format.decimal(value, 3));
  return (
    <Section title={t("labelling.agreement")} hint={t(`labelling.method_hint.${agreement.method}`)}>
      <div className="stack">
        <Facts
          facts={[
            { label: t(`labelling.method.${agreement.method}`), value: figure(agreement.value) },
            { label: t("labelling.rows_shared"), value: format.integer(agreement.num_rows) },
            { label: t("labelling.rows_disputed"), value: format.integer(agreement.num_disputed) },
          ]}
        />
        {agreement.labels.length > 0 && (
          <TableScroll label={t("labelling.agreement")}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("labelling.label_column")}</th>
                  <th scope="col" className="num">
                    {t("labelling.given")}
                  </th>
                  <th scope="col" className="num">
                    {t(`labelling.method.${agreement.method}`)}
                  </th>
                </tr>
              </thead>
              <tbody>
                {agreement.labels.map((entry) => (
                  <tr key={entry.label}>
                    <th scope="row" className="wrap">
                      {choiceName(session, entry.label, t)}
                    </th>
                    <td className="num">{format.integer(entry.num_given)}</td>
                    <td className="num">{figure(entry.value)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableScroll>
        )}
      </div>
    </Section>
  );
}

function Labellers({ progress }: { progress: LabelProgress }) {
  const { t, format } = useI18n();
  if (progress.labellers.length === 0) return null;
  return (
    <Section title={t("labelling.labellers")}>
      <TableScroll label={t("labelling.labellers")}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t("labelling.person")}</th>
              <th scope="col" className="num">
                {t("labelling.given")}
              </th>
              <th scope="col" className="num">
                {t("labelling.skipped")}
              </th>
              <th scope="col" className="num">
                {t("labelling.seconds")}
              </th>
            </tr>
          </thead>
          <tbody>
            {progress.labellers.map((one) => (
              <tr key={one.person.id}>
                <th scope="row" className="wrap">
                  {one.person.email}
                </th>
                <td className="num">{format.integer(one.num_given)}</td>
                <td className="num">{format.integer(one.num_skipped)}</td>
                <td className="num">{one.seconds_per_row === null ? "–" : format.decimal(one.seconds_per_row, 1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </Section>
  );
}
