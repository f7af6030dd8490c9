import { Notice } from "@/components/notice.tsx";
import { AnswerEditor } from "@/features/labelling/answer-editor.tsx";
import { CellText } from "@/features/labelling/cell-text.tsx";
import { messagesOf } from "@/features/labelling/conversation.ts";
import { ConversationEditor } from "@/features/labelling/conversation-editor.tsx";
import { LabelChoice } from "@/features/labelling/label-choice.tsx";
import { toggled } from "@/features/labelling/label-values.ts";
import classes from "@/features/labelling/labelling.module.css";
import { PreferenceChoice } from "@/features/labelling/preference-choice.tsx";
import { ScoreInput } from "@/features/labelling/score-input.tsx";
import { SpanEditor } from "@/features/labelling/span-editor.tsx";
import { TargetEditor } from "@/features/labelling/target-editor.tsx";
import type { DataRole, LabelHandedRow, LabelSession, LabelValue } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle } from "@/lib/tasks.ts";

interface Props {
  session: LabelSession;
  row: LabelHandedRow;
  value: LabelValue | null;
  onChange: (value: LabelValue | null) => void;
  /** A choice of one thing is an answer by itself. */
  onPick: (value: LabelValue) => void;
}

/** Forms whose view shows the row by itself. */
const OWN_VIEW: ReadonlySet<LabelSession["form"]> = new Set(["spans", "answers", "review"]);

/** The row at the top, and under it what can be said about it. */
export function RowEditor({ session, row, value, onChange, onPick }: Props) {
  const { cells } = row.row;
  return (
    <>
      {session.form === "answers" && <p className={classes["question"]}>{textOf(cells["question"])}</p>}
      {!OWN_VIEW.has(session.form) && <Cells cells={cells} hidden={session.form === "preferred" ? ["left", "right"] : []} />}
      {session.form === "label" && (
        <LabelChoice
          labels={session.labels}
          chosen={value?.label === undefined ? [] : [value.label]}
          suggested={row.present?.label === undefined ? [] : [row.present.label]}
          onPick={(label) => onPick({ label })}
        />
      )}
      {session.form === "labels" && (
        <LabelChoice
          labels={session.labels}
          chosen={value?.labels ?? []}
          suggested={row.present?.labels ?? []}
          onPick={(label) => onChange({ labels: toggled(value?.labels ?? [], label) })}
        />
      )}
      {session.form === "spans" && (
        <SpanEditor tokens={tokensOf(cells["tokens"])} types={session.labels} spans={value?.spans ?? []} onChange={(spans) => onChange({ spans })} />
      )}
      {session.form === "score" && session.scale !== null && (
        <ScoreInput scale={session.scale} score={value?.score ?? null} onChange={(score) => onChange({ score })} />
      )}
      {session.form === "target" && (
        <TargetEditor
          target={value?.target ?? ""}
          onChange={(target) => onChange(target === null ? null : { target })}
          onDone={(target) => onPick({ target })}
        />
      )}
      {session.form === "answers" && (
        <AnswerEditor
          context={textOf(cells["context"])}
          answers={value?.answers ?? null}
          onChange={(answers) => onChange(answers === null ? null : { answers })}
          onNone={() => onPick({ answers: [] })}
        />
      )}
      {session.form === "review" && <Review cells={cells} value={value} onChange={onChange} onPick={onPick} />}
      {session.form === "preferred" && (
        <PreferenceChoice
          left={cells["left"]}
          right={cells["right"]}
          preferred={value?.preferred ?? null}
          suggested={row.present?.preferred ?? null}
          onPick={(preferred) => onPick({ preferred })}
        />
      )}
    </>
  );
}

function Review({ cells, value, onChange, onPick }: Pick<Props, "value" | "onChange" | "onPick"> & { cells: Record<string, unknown> }) {
  const { t } = useI18n();
  const messages = messagesOf(cells["messages"]);
  if (messages === null) return <Notice tone="error">{t("labelling.no_conversation")}</Notice>;
  return (
    <ConversationEditor
      messages={messages}
      tools={textOf(cells["tools"])}
      review={value?.review ?? null}
      onChange={(review) => onChange(review === null ? null : { review })}
      onPick={(review) => onPick({ review })}
    />
  );
}

function textOf(cell: unknown): string {
  return typeof cell === "string" ? cell : "";
}

export function tokensOf(cell: unknown): string[] {
  return Array.isArray(cell) ? cell.map(String) : [];
}

function Cells({ cells, hidden }: { cells: Record<string, unknown>; hidden: readonly string[] }) {
  const { t } = useI18n();
  const shown = Object.entries(cells).filter(([role]) => !hidden.includes(role));
  return (
    <div className={classes["cells"]}>
      {shown.map(([role, cell]) => (
        <div key={role}>
          {shown.length > 1 && <h2 className={classes["role"]}>{partTitle(role as DataRole, t)}</h2>}
          <CellText cell={cell} />
        </div>
      ))}
    </div>
  );
}
