import { useMemo } from "react";

import { FoldText } from "@/components/fold-text.tsx";
import { cellText } from "@/features/datasets/cell-text.ts";
import classes from "@/features/datasets/doctor.module.css";
import { labelDoubt, markedParts, namesIn, noteKinds, noteWords, partInQuestion, wordsInQuestion } from "@/features/datasets/found-notes.ts";
import { taggedRow } from "@/features/datasets/tagged-cells.ts";
import { TaggedText } from "@/features/datasets/tagged-text.tsx";
import { MarkedWords } from "@/features/jobs/marked-words.tsx";
import { TextColumns } from "@/features/jobs/text-columns.tsx";
import type { DataRole, DoctorFinding, FoundRow, Row } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle } from "@/lib/tasks.ts";
import { diffWords } from "@/lib/word-diff.ts";

/** With less than this in common, two texts differ everywhere, and marks would only be noise. */
const FEWEST_SHARED = 0.3;
const LABELS: readonly string[] = ["label", "labels"];
const ANSWERS: readonly string[] = ["label", "labels", "score", "tags", "answers"];

interface Props {
  finding: DoctorFinding;
  row: FoundRow;
  roles: readonly string[];
  /** All of the row, where it was asked for. */
  whole?: Row | undefined;
  /** The row that this one repeats or contradicts, once it is there. */
  twin?: Row | undefined;
}

/** One row of a finding: what is wrong with it is marked, and what it is compared with stands beside it. */
export function FindingExample({ finding, row, roles, whole, twin }: Props) {
  const { t, format } = useI18n();
  const words = noteWords(row, t, format);
  const doubt = labelDoubt(row);
  return (
    <div className={classes["example"]}>
      <p className={classes["exampleHead"]}>
        <span className="num">{t("doctor.place", { row: row.row, split: t(`split.${row.split}`) })}</span>
        {words.map((word) => (
          <span key={word}>{word}</span>
        ))}
      </p>
      <Shown finding={finding} row={row} roles={roles} whole={whole} twin={twin} />
      {doubt && (
        <p className={classes["doubt"]}>
          {doubt.given !== null && <LabelTag name={doubt.given} title={t("doctor.given_label")} tone="given" />}
          <span aria-hidden className="faint">
            →
          </span>
          <LabelTag name={doubt.suggested} title={t("doctor.suggested_label")} tone="suggested" />
          {doubt.confidence !== null && <span className="small muted num">{t("doctor.sure", { share: format.percent(doubt.confidence, 0) })}</span>}
        </p>
      )}
    </div>
  );
}

function Shown({ finding, row, roles, whole, twin }: Props) {
  const { t } = useI18n();
  const [tagged, other] = [whole, twin].map((one) => (one ? taggedRow(one.cells, one.long) : null));
  if (twin) {
    if (!tagged || !other) return <Twins row={row} twin={twin} roles={roles} />;
    return (
      <TextColumns
        columns={[
          { key: "this", name: partTitle("tokens", t), text: cellText(tagged.tokens), marked: <TaggedText cells={tagged} /> },
          { key: "twin", name: t("doctor.same_as", { row: twin.row, split: t(`split.${twin.split}`) }), text: cellText(other.tokens), marked: <TaggedText cells={other} /> },
        ]}
      />
    );
  }
  if (!tagged) return <Cells finding={finding} row={row} roles={roles} hasDoubt={labelDoubt(row) !== null} />;
  return (
    <FoldText text={cellText(tagged.tokens)}>
      <TaggedText cells={tagged} doubt={wordsInQuestion(row)} />
    </FoldText>
  );
}

function LabelTag({ name, title, tone }: { name: string; title: string; tone: "given" | "suggested" }) {
  return (
    <span className={classes["label"]} data-tone={tone}>
      <span className="visually-hidden">{title}: </span>
      <bdi className="name" title={name}>
        {name}
      </bdi>
    </span>
  );
}

function Cells({ finding, row, roles, hasDoubt }: { finding: DoctorFinding; row: FoundRow; roles: readonly string[]; hasDoubt: boolean }) {
  const { t } = useI18n();
  const passages = finding.params["passages"];
  const marks = [...(typeof passages === "object" && passages !== null ? Object.keys(passages) : []), ...namesIn(row)];
  const shown = roles.filter((role) => row.cells[role] !== undefined && !(hasDoubt && LABELS.includes(role)));
  return (
    <dl className={classes["cells"]}>
      {shown.map((role) => (
        <div key={role}>
          <dt>{partTitle(role as DataRole, t)}</dt>
          <dd>
            <FoldText text={row.cells[role] ?? ""}>
              {(partInQuestion(row, role, row.cells[role] ?? "") ?? markedParts(row.cells[role] ?? "", ANSWERS.includes(role) ? [] : noteKinds(row), marks)).map(({ text, isMarked }, index) =>
                isMarked ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
              )}
            </FoldText>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Twins({ row, twin, roles }: { row: FoundRow; twin: Row; roles: readonly string[] }) {
  return roles
    .filter((role) => !ANSWERS.includes(role) || cellText(twin.cells[role]) !== row.cells[role])
    .map((role) => <TwinCell key={role} role={role} row={row} twin={twin} />);
}

function TwinCell({ role, row, twin }: { role: string; row: FoundRow; twin: Row }) {
  const { t } = useI18n();
  const mine = row.cells[role] ?? "";
  const theirs = cellText(twin.cells[role]);
  const diff = useMemo(() => diffWords(theirs, mine), [theirs, mine]);
  const isNear = diff.share >= FEWEST_SHARED;
  return (
    <TextColumns
      columns={[
        {
          key: "this",
          name: partTitle(role as DataRole, t),
          text: mine,
          ...(isNear && { marked: <MarkedWords parts={diff.written} as="ins" /> }),
        },
        {
          key: "twin",
          name: t("doctor.same_as", { row: twin.row, split: t(`split.${twin.split}`) }),
          text: theirs,
          ...(isNear && { marked: <MarkedWords parts={diff.wanted} as="del" /> }),
        },
      ]}
    />
  );
}
