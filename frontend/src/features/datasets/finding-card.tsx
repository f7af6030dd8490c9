import { Button } from "@mantine/core";
import { IconChevronDown, IconEyeOff, IconWand } from "@tabler/icons-react";
import { useId, useState } from "react";

import { Chip } from "@/components/chip.tsx";
import { useRowsById } from "@/features/datasets/change-queries.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { checkName, fixLabel } from "@/features/datasets/doctor-checks.ts";
import { useDecideFinding } from "@/features/datasets/doctor-queries.ts";
import classes from "@/features/datasets/doctor.module.css";
import { FindingEffect } from "@/features/datasets/finding-effect.tsx";
import { FindingExample } from "@/features/datasets/finding-example.tsx";
import { FindingRows } from "@/features/datasets/finding-rows.tsx";
import { FixDialog } from "@/features/datasets/fix-dialog.tsx";
import { twinOf } from "@/features/datasets/found-notes.ts";
import { StaleNotice } from "@/features/datasets/stale-notice.tsx";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { DoctorFinding, Fix } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { useUndo } from "@/lib/use-undo.ts";

const FIRST = 3;
const TONES = { error: "failed", warning: "held", info: "waiting" } as const;

interface Props {
  finding: DoctorFinding;
  /** The one to begin with: its examples are open, and its button stands out. */
  isWorst: boolean;
}

/** One kind of trouble: how much of it there is, rows to see it by, and what can be done. */
export function FindingCard({ finding: confirmed, isWorst }: Props) {
  const { t, format } = useI18n();
  const { user } = useWorkspace();
  const { dataset, version, isWriter, isBusy } = useDatasetWork();
  const titleId = useId();
  const partId = useId();
  const [isOpen, setIsOpen] = useState(isWorst);
  const [isAll, setIsAll] = useState(false);
  const [fix, setFix] = useState<Fix | null>(null);
  const decide = useDecideFinding(version.id);
  // Put aside, it is so at once; it goes to the others of its kind when the server has confirmed it.
  const finding = decide.isPending ? decided(confirmed, decide.variables.isDismissed ? user : null) : confirmed;
  const offerUndo = useUndo();
  const roles = dataset.roles.map(({ role }) => role);
  const title = checkName(finding.code, t);
  const share = finding.num_rows / Math.max(1, totalRows(version));
  const isOver = finding.decision !== "open";
  const decideOn = (isDismissed: boolean) => ({ findingId: finding.id, isDismissed });
  const toggleDismissed = () =>
    finding.decision === "open"
      ? decide.mutate(decideOn(true), { onSuccess: () => offerUndo(t("undo.finding_dismissed", { check: title }), () => decide.mutateAsync(decideOn(false))) })
      : decide.mutate(decideOn(false));
  const words = (what: string) => t("palette.of_finding", { what, check: title });
  usePageActions(
    isWriter && !isOver
      ? [
          ...(isBusy ? [] : finding.fixes.map((one) => ({ id: `fix-${finding.id}-${one.name}`, label: words(fixLabel(finding, one, t)), Icon: IconWand, run: () => setFix(one) }))),
          ...(decide.isPending ? [] : [{ id: `dismiss-${finding.id}`, label: words(t("doctor.dismiss")), Icon: IconEyeOff, run: toggleDismissed }]),
        ]
      : [],
  );
  return (
    <article className={classes["finding"]} aria-labelledby={titleId} data-severity={finding.severity} data-over={isOver || undefined}>
      <header className={classes["head"]}>
        <h3 id={titleId} className={classes["title"]}>
          {title}
        </h3>
        <Chip tone={TONES[finding.severity]}>{t(`severity.${finding.severity}`)}</Chip>
        <span className={classes["count"]}>
          <span className="num">{t("doctor.rows", { count: finding.num_rows })}</span>
          <span className={classes["share"]} aria-hidden>
            <span style={{ width: `${Math.min(1, share) * 100}%` }} />
          </span>
          <span className="num muted">{format.percent(share)}</span>
        </span>
      </header>
      <p className="prose">{finding.message}</p>
      <div className={classes["actions"]}>
        {isWriter &&
          finding.decision === "open" &&
          finding.fixes.map((one, index) => (
            <Button key={one.name} size="sm" variant={isWorst && index === 0 ? "filled" : "default"} disabled={isBusy} onClick={() => setFix(one)}>
              {fixLabel(finding, one, t)}
            </Button>
          ))}
        {finding.examples.length > 0 && (
          <Button
            size="sm"
            variant="subtle"
            aria-expanded={isOpen}
            aria-controls={partId}
            rightSection={<IconChevronDown size={14} aria-hidden className={classes["chevron"]} data-open={isOpen || undefined} />}
            onClick={() => setIsOpen(!isOpen)}
          >
            {t("doctor.examples", { count: finding.examples.length })}
          </Button>
        )}
        {isWriter && finding.decision !== "accepted" && (
          <Button size="sm" variant="subtle" disabled={decide.isPending} onClick={toggleDismissed}>
            {t(finding.decision === "open" ? "doctor.dismiss" : "doctor.reopen")}
          </Button>
        )}
        {finding.decision !== "open" && (
          <span className="small muted">{t(finding.is_carried ? "doctor.decision.carried" : `doctor.decision.${finding.decision}`, { by: finding.decided_by?.email ?? t("doctor.somebody") })}</span>
        )}
      </div>
      <StaleNotice error={decide.error} />
      {finding.decision === "accepted" && finding.version_id !== null && <FindingEffect findingId={finding.id} />}
      {isOpen && (
        <div id={partId} className="stack">
          {isAll ? <FindingRows finding={finding} roles={roles} title={title} /> : <Examples finding={finding} roles={roles} title={title} />}
          {finding.has_rows && finding.num_rows > 0 && (
            <div>
              <Button size="sm" variant="default" onClick={() => setIsAll(!isAll)}>
                {isAll ? t("doctor.only_examples") : t("doctor.all_rows", { count: finding.num_rows })}
              </Button>
            </div>
          )}
        </div>
      )}
      {fix && <FixDialog finding={finding} fix={fix} roles={roles} onClose={() => setFix(null)} />}
    </article>
  );
}

function decided(finding: DoctorFinding, by: DoctorFinding["decided_by"]): DoctorFinding {
  return { ...finding, decision: by === null ? "open" : "dismissed", decided_by: by, is_carried: false };
}

function Examples({ finding, roles, title }: { finding: DoctorFinding; roles: readonly string[]; title: string }) {
  const { t } = useI18n();
  const { version } = useDatasetWork();
  const [isMore, setIsMore] = useState(false);
  const shown = isMore ? finding.examples : finding.examples.slice(0, FIRST);
  const twins = [...new Set(finding.examples.map(twinOf).filter((id) => id !== null))];
  // Shown in their places, spans need the words one by one, of which an example holds the beginning of a text.
  const tagged = roles.includes("tags") ? finding.examples.map(({ id }) => id) : [];
  const rows = useRowsById(version.id, [...new Set([...twins, ...tagged])]);
  const rowOf = (id: number | null) => rows.data?.data.find((row) => row.id === id);
  return (
    <>
      <ul className={classes["examples"]} aria-label={t("doctor.examples_of", { check: title })}>
        {shown.map((row) => (
          <li key={row.id}>
            <FindingExample finding={finding} row={row} roles={roles} whole={rowOf(row.id)} twin={rowOf(twinOf(row))} />
          </li>
        ))}
      </ul>
      {finding.examples.length > FIRST && (
        <div>
          <Button size="sm" variant="subtle" onClick={() => setIsMore(!isMore)}>
            {t(isMore ? "action.fewer" : "action.more")}
          </Button>
        </div>
      )}
    </>
  );
}
