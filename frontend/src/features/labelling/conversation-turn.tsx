import { useMemo } from "react";

import { isEmpty, isLearnt, type Message } from "@/features/labelling/conversation.ts";
import { speakerName } from "@/features/labelling/label-values.ts";
import classes from "@/features/labelling/labelling.module.css";
import { WrittenField } from "@/features/labelling/written-field.tsx";
import type { LabelReviewTurn } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { diffWords } from "@/lib/word-diff.ts";

const FEWEST_ROWS = 3;
const MOST_ROWS = 14;
const CHARACTERS_IN_A_ROW = 70;

interface Props {
  message: Message;
  index: number;
  /** What is said about it. */
  turn: LabelReviewTurn | undefined;
  isCurrent: boolean;
  isEditing: boolean;
  onSelect: () => void;
  onEdit: () => void;
  onLeave: () => void;
  onWrite: (content: string) => void;
  onToggle: () => void;
  onPutBack: () => void;
  onDone: () => void;
}

/** One turn. Those of the assistant can be put right, and learnt or not; what stood there before stays in sight. */
export function ConversationTurn(props: Props) {
  const { message, index, turn, isCurrent } = props;
  const { t } = useI18n();
  const isAssistant = message.role === "assistant";
  const isOn = isLearnt(message, turn);
  const before = turn?.content === undefined ? null : (message.content ?? "");
  return (
    <li
      className={classes["turn"]}
      data-turn={index}
      data-speaker={message.role}
      data-learnt={isAssistant ? isOn : undefined}
      aria-current={isAssistant && isCurrent ? "true" : undefined}
      onPointerDown={isAssistant ? props.onSelect : undefined}
    >
      <div className={classes["turnHead"]}>
        <b>{speakerName(message.role, t)}</b>
        {isAssistant && <TurnButtons {...props} isOn={isOn} />}
      </div>
      {isAssistant ? <TurnText {...props} /> : <p className={classes["text"]}>{message.content}</p>}
      {message.calls !== "" && <pre>{message.calls}</pre>}
      {before !== null && !isEmpty(turn) && <Before text={before} now={turn?.content ?? ""} />}
    </li>
  );
}

function TurnButtons({ message, turn, isCurrent, isEditing, isOn, onEdit, onToggle, onPutBack }: Props & { isOn: boolean }) {
  const { t } = useI18n();
  const key = (name: string) => isCurrent && <kbd aria-hidden>{name}</kbd>;
  return (
    <span className={classes["turnWays"]}>
      {message.content !== null && !isEditing && (
        <button type="button" className={classes["quiet"]} onClick={onEdit}>
          {t("labelling.edit_turn")} {key("E")}
        </button>
      )}
      <button
        type="button"
        className={classes["quiet"]}
        aria-pressed={isOn}
        onClick={(event) => {
          if (event.detail > 0) event.currentTarget.blur();
          onToggle();
        }}
      >
        {t(isOn ? "labelling.learnt" : "labelling.not_learnt")} {key("W")}
      </button>
      {turn !== undefined && (
        <button type="button" className={classes["quiet"]} onClick={onPutBack}>
          {t("labelling.put_back")} {key("R")}
        </button>
      )}
    </span>
  );
}

function TurnText(props: Props) {
  const { message, turn, isEditing } = props;
  const { t } = useI18n();
  const text = turn?.content ?? message.content ?? "";
  if (isEditing) return <TurnField {...props} text={text} />;
  if (message.content === null) return null;
  return isEmpty(turn) ? <p className={classes["wrong"]}>{t("labelling.empty_turn")}</p> : <p className={classes["text"]}>{text}</p>;
}

function TurnField({ turn, text, onWrite, onLeave, onDone }: Props & { text: string }) {
  const { t } = useI18n();
  return (
    <WrittenField
      aria-label={t("labelling.turn_text")}
      description={t("labelling.turn_hint")}
      error={isEmpty(turn) ? t("labelling.empty_turn") : null}
      rows={Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, text.split("\n").length + 1, Math.ceil(text.length / CHARACTERS_IN_A_ROW)))}
      value={text}
      onWrite={onWrite}
      onLeave={onLeave}
      onDone={onDone}
    />
  );
}

/** The original, with the words marked that are gone. */
function Before({ text, now }: { text: string; now: string }) {
  const { t } = useI18n();
  const parts = useMemo(() => diffWords(text, now).wanted, [text, now]);
  return (
    <div className={classes["before"]}>
      <span className={classes["role"]}>{t("labelling.original")}</span>
      <p>{parts.map((part, index) => (part.isShared ? <span key={index}>{part.text}</span> : <del key={index}>{part.text}</del>))}</p>
    </div>
  );
}
