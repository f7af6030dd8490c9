import { useRef, useState } from "react";

import { Notice } from "@/components/notice.tsx";
import { assistantTurns, isLearnt, type Message, reviewOf, withTurn } from "@/features/labelling/conversation.ts";
import { ConversationTurn } from "@/features/labelling/conversation-turn.tsx";
import { KeyButton } from "@/features/labelling/key-button.tsx";
import classes from "@/features/labelling/labelling.module.css";
import { useKeys } from "@/lib/use-keys.ts";
import type { LabelReview, LabelReviewTurn } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  messages: readonly Message[];
  /** What the assistant could call, as it is written. */
  tools: string;
  review: LabelReview | null;
  onChange: (review: LabelReview | null) => void;
  onPick: (review: LabelReview) => void;
}

/** A conversation to be read: good as it is, with turns of the assistant put right, or none to learn from. */
export function ConversationEditor({ messages, tools, review, onChange, onPick }: Props) {
  const { t } = useI18n();
  const spoken = assistantTurns(messages);
  const [turns, setTurns] = useState<readonly LabelReviewTurn[]>(() => review?.turns ?? []);
  const [current, setCurrent] = useState(spoken[0] ?? 0);
  const [editing, setEditing] = useState<number | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const corrected = reviewOf(turns);
  const hasEmpty = turns.length > 0 && corrected === null;
  const turnOf = (index: number) => turns.find((turn) => turn.index === index);

  const change = (next: readonly LabelReviewTurn[]) => {
    setTurns(next);
    onChange(reviewOf(next));
  };
  const say = (turn: LabelReviewTurn) => change(withTurn(turns, messages, turn));
  const toggle = (index: number) => {
    const message = messages[index];
    if (message) say({ index, weight: isLearnt(message, turnOf(index)) ? 0 : 1 });
  };
  const putBack = (index: number) => {
    setEditing(null);
    change(turns.filter((turn) => turn.index !== index));
  };
  const edit = (index: number) => {
    setCurrent(index);
    if (messages[index]?.content != null) setEditing(index);
  };
  const accept = () => {
    if (!hasEmpty) onPick(corrected ?? { verdict: "accept", turns: [] });
  };
  const drop = () => onPick({ verdict: "drop", turns: [] });
  const go = (step: number) => {
    const next = spoken[spoken.indexOf(current) + step];
    if (next === undefined) return;
    setCurrent(next);
    list.current?.querySelector(`[data-turn="${next}"]`)?.scrollIntoView({ block: "nearest" });
  };
  useKeys((event) => {
    const key = event.key.toLowerCase();
    if (key === "arrowdown") go(1);
    else if (key === "arrowup") go(-1);
    else if (key === "e") edit(current);
    else if (key === "w") toggle(current);
    else if (key === "r") putBack(current);
    else if (key === "a") accept();
    else if (key === "x") drop();
    else return false;
    return true;
  });
  const learnsNothing = messages.every((message, index) => message.role !== "assistant" || !isLearnt(message, turnOf(index)));
  return (
    <div className={classes["review"]}>
      <div className={classes["verdicts"]} role="group" aria-label={t("labelling.verdicts")}>
        <KeyButton keyName="A" isPressed={review?.verdict === "accept"} isDisabled={hasEmpty} onClick={accept}>
          {turns.length > 0 ? t("labelling.accept_corrected", { count: turns.length }) : t("labelling.accept")}
        </KeyButton>
        <KeyButton keyName="X" isPressed={review?.verdict === "drop"} onClick={drop}>
          {t("labelling.drop")}
        </KeyButton>
      </div>
      {learnsNothing && <Notice tone="warning">{t("labelling.learns_nothing")}</Notice>}
      {tools !== "" && (
        <details className={classes["tools"]}>
          <summary>{t("labelling.tools")}</summary>
          <pre>{tools}</pre>
        </details>
      )}
      <ol ref={list} className={classes["talk"]} aria-label={t("labelling.conversation")}>
        {messages.map((message, index) => (
          <ConversationTurn
            key={index}
            message={message}
            index={index}
            turn={turnOf(index)}
            isCurrent={index === current}
            isEditing={index === editing}
            onSelect={() => setCurrent(index)}
            onEdit={() => edit(index)}
            onLeave={() => setEditing(null)}
            onWrite={(content) => say({ index, content })}
            onToggle={() => {
              setCurrent(index);
              toggle(index);
            }}
            onPutBack={() => putBack(index)}
            onDone={accept}
          />
        ))}
      </ol>
    </div>
  );
}
