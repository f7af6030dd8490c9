import { ActionIcon, Button, Modal, Switch } from "@mantine/core";
import { IconArrowBackUp, IconCloudCheck, IconCloudOff, IconCloudUp, IconHelp } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useParams } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { Breadcrumbs } from "@/components/breadcrumbs.tsx";
import { ErrorPanel } from "@/components/error-panel.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { ProgressBar } from "@/components/progress-bar.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import type { BoxState } from "@/features/labelling/answer-box.ts";
import { useLabelSession } from "@/features/labelling/labelling-queries.ts";
import classes from "@/features/labelling/labelling.module.css";
import { RowEditor } from "@/features/labelling/row-editor.tsx";
import { useKeys } from "@/lib/use-keys.ts";
import { type Labelling, useLabelling } from "@/features/labelling/use-labelling.ts";
import { ReadOnlyNotice } from "@/features/session/read-only-notice.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { LabelSession } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { canWrite } from "@/lib/permissions.ts";
import { useDocumentTitle } from "@/lib/use-document-title.ts";

export function LabellingPage() {
  const { sessionId = "" } = useParams();
  const session = useLabelSession(sessionId);
  const { tenant } = useWorkspace();
  return (
    <QueryView query={session} lines={6}>
      {(data) => (canWrite(tenant) ? <Desk key={data.id} session={data} /> : <OnlyResults session={data} />)}
    </QueryView>
  );
}

/** For who cannot answer: what is known of the answers so far. */
function OnlyResults({ session }: { session: LabelSession }) {
  const { t } = useI18n();
  return (
    <>
      <PageHeader title={session.name} trail={trailOf(session, t)} actions={<ButtonLink to={resultsOf(session)}>{t("labelling.results")}</ButtonLink>} />
      <ReadOnlyNotice />
    </>
  );
}

function resultsOf({ id }: LabelSession): string {
  return `/labelling/${id}/results`;
}

function trailOf(session: LabelSession, t: Translate) {
  return [
    { to: "/datasets", label: t("nav.datasets") },
    { to: `/datasets/${session.dataset_id}`, label: session.dataset_name },
    { to: `/datasets/${session.dataset_id}/labelling`, label: t("labelling.title") },
  ];
}

/** The whole height for one row: what it says, what it may be, and how far it is. */
function Desk({ session }: { session: LabelSession }) {
  const { t, format } = useI18n();
  const { user } = useWorkspace();
  useDocumentTitle(session.name);
  const work = useLabelling(session, user.id);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [goesOn, setGoesOn] = useState(true);
  const results = resultsOf(session);
  useKeys((event) => {
    const hasArrows = session.form === "spans" || session.form === "preferred" || session.form === "answers";
    if (event.key === "Enter" || (event.key === "ArrowRight" && !hasArrows)) work.goOn();
    else if (event.key.toLowerCase() === "z" || (event.key === "ArrowLeft" && !hasArrows)) work.undo();
    else if (event.key.toLowerCase() === "s") work.skip();
    else if (event.key === "?") setHelpOpen(true);
    else return false;
    return true;
  });
  // Rows that are left by the last word of the server, less those answered since it spoke.
  const left = Math.max(0, work.numLeft);
  const total = left + work.numDone;
  return (
    <div className={classes["desk"]}>
      <header className={classes["top"]}>
        <div className={classes["titleRow"]}>
          <div className={classes["trail"]}>
            <Breadcrumbs trail={trailOf(session, t)} here={session.name} />
          </div>
          <h1>{session.name}</h1>
          <SavedState box={work.box} />
          <ActionIcon aria-label={t("labelling.help")} onClick={() => setHelpOpen(true)}>
            <IconHelp size={18} aria-hidden />
          </ActionIcon>
        </div>
        <ProgressBar label={t("labelling.progress")} share={total > 0 ? work.numDone / total : null} />
        <p className={`small muted num ${classes["pace"]}`}>
          <span>{t("labelling.done_here", { count: work.numDone })}</span>
          <span>{t("labelling.left", { count: left })}</span>
          {work.pace !== null && <span>{t("labelling.pace", { seconds: format.decimal(work.pace, 1) })}</span>}
          <Link to={results}>{t("labelling.results")}</Link>
        </p>
      </header>
      {session.state === "closed" ? (
        <StatePanel title={t("labelling.closed_title")} action={<ButtonLink to={results}>{t("labelling.results")}</ButtonLink>}>
          <p>{t("labelling.closed_text")}</p>
        </StatePanel>
      ) : (
        <Bench session={session} work={work} goesOn={goesOn} results={results} />
      )}
      {session.state === "open" && work.current && (
        <footer className={classes["foot"]}>
          <Button variant="default" leftSection={<IconArrowBackUp size={16} aria-hidden />} disabled={!work.canUndo} onClick={work.undo}>
            {t("labelling.undo")} <kbd aria-hidden>Z</kbd>
          </Button>
          <Button variant="default" onClick={work.skip}>
            {t("labelling.skip")} <kbd aria-hidden>S</kbd>
          </Button>
          {(session.form === "label" || session.form === "preferred" || session.form === "review") && (
            <Switch label={t("labelling.goes_on")} checked={goesOn} onChange={(event) => setGoesOn(event.currentTarget.checked)} />
          )}
          <Button className={classes["next"] ?? ""} disabled={work.value === null} onClick={() => work.goOn()}>
            {t("labelling.next")} <kbd aria-hidden>↵</kbd>
          </Button>
        </footer>
      )}
      <Modal
        opened={isHelpOpen}
        onClose={() => setHelpOpen(false)}
        title={t("labelling.help")}
        centered
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        <Help session={session} />
      </Modal>
    </div>
  );
}

interface BenchProps {
  session: LabelSession;
  work: Labelling;
  goesOn: boolean;
  results: string;
}

function Bench({ session, work, goesOn, results }: BenchProps) {
  const { t } = useI18n();
  const { current } = work;
  if (current === undefined) {
    if (work.handed.isError) return <ErrorPanel error={work.handed.error} onRetry={() => void work.handed.refetch()} />;
    if (work.handed.isFetching) return <Skeleton lines={5} />;
    return (
      <StatePanel title={t("labelling.all_done_title")} action={<ButtonLink to={results}>{t("labelling.results")}</ButtonLink>}>
        <p>{unsavedWords(work.box, t) ?? t("labelling.all_done_text")}</p>
      </StatePanel>
    );
  }
  return (
    <section className={classes["bench"]} aria-label={t("labelling.row")}>
      {session.instructions !== "" && <p className={classes["instructions"]}>{session.instructions}</p>}
      {work.refusal !== undefined && (
        <Notice tone="error" isAlert>
          {work.refusal}
        </Notice>
      )}
      <RowEditor
        key={current.row.id}
        session={session}
        row={current}
        value={work.value}
        onChange={work.choose}
        onPick={(value) => (goesOn ? work.goOn(value) : work.choose(value))}
      />
    </section>
  );
}

/** Where the answers are: at the server, on their way, or in this browser. It never says more than is true. */
function SavedState({ box }: { box: BoxState }) {
  const { t } = useI18n();
  const words = unsavedWords(box, t);
  const isHere = box.refused.length > 0 || (box.pending.length > 0 && box.isStuck);
  const Icon = words === null ? IconCloudCheck : isHere ? IconCloudOff : IconCloudUp;
  return (
    <span className={classes["saved"]} data-stuck={isHere} role="status">
      <Icon size={16} aria-hidden />
      {words ?? t("labelling.saved")}
    </span>
  );
}

/** Null where the server has everything. */
function unsavedWords({ pending, refused, isStuck }: BoxState, t: Translate): string | null {
  if (refused.length > 0) return t("labelling.not_saved", { count: refused.length });
  if (pending.length === 0) return null;
  return isStuck ? t("labelling.kept", { count: pending.length }) : t("labelling.saving");
}

function Help({ session }: { session: LabelSession }) {
  const { t } = useI18n();
  const own = {
    label: [["1–9", t("labelling.key_label")]],
    labels: [["1–9", t("labelling.key_labels")]],
    spans: [
      ["← →", t("labelling.key_move")],
      ["⇧ ← →", t("labelling.key_select")],
      ["1–9", t("labelling.key_type")],
      ["⌫", t("labelling.unmark")],
    ],
    score: [["0–9", t("labelling.key_score")]],
    preferred: [["← →", t("labelling.key_side")]],
    target: [
      ["Ctrl ↵", t("labelling.next")],
      ["Esc", t("labelling.key_leave")],
    ],
    answers: [
      ["← →", t("labelling.key_move")],
      ["↑ ↓", t("labelling.key_line")],
      ["⇧ ← →", t("labelling.key_select")],
      ["A", t("labelling.key_take")],
      ["L", t("labelling.by_letter")],
      ["N", t("labelling.no_answer")],
      ["⌫", t("labelling.unmark")],
    ],
    review: [
      ["↑ ↓", t("labelling.key_turn")],
      ["E", t("labelling.key_edit")],
      ["Esc", t("labelling.key_leave")],
      ["W", t("labelling.key_weight")],
      ["R", t("labelling.put_back")],
      ["A", t("labelling.accept")],
      ["X", t("labelling.drop")],
    ],
  }[session.form];
  const search = session.labels.length > 9 ? [["/", t("labelling.search")]] : [];
  const keys = [...own, ...search, ["↵", t("labelling.next")], ["Z", t("labelling.undo")], ["S", t("labelling.skip")], ["?", t("labelling.help")]];
  return (
    <dl className={classes["keys"]}>
      {keys.map(([key, words]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}
