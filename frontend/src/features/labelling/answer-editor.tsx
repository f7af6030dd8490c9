import { IconX } from "@tabler/icons-react";
import { useMemo, useState } from "react";

import { KeyButton } from "@/features/labelling/key-button.tsx";
import classes from "@/features/labelling/labelling.module.css";
import { answerAt, edgesOf, endOf, passageOf, textTokens, withAnswer } from "@/features/labelling/passage-tokens.ts";
import { TokenText } from "@/features/labelling/token-text.tsx";
import { useTokenSelection } from "@/features/labelling/use-token-selection.ts";
import { useKeys } from "@/lib/use-keys.ts";
import type { LabelPassage } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { shortened } from "@/lib/shortened.ts";

const SHOWN = 60;

interface Props {
  context: string;
  /** Null: nothing was said; an empty list: the context has no answer. */
  answers: readonly LabelPassage[] | null;
  onChange: (answers: LabelPassage[] | null) => void;
  onNone: () => void;
}

/** The text in which the answer stands. Its words are chosen, and a key takes them; or it is said that the answer is not here. */
export function AnswerEditor({ context, answers, onChange, onNone }: Props) {
  const { t } = useI18n();
  const given = answers ?? [];
  // An answer that is there may begin or end inside of a word; new ones are made of words as they are cut.
  const [cuts, setCuts] = useState<ReadonlySet<number>>(() => new Set(edgesOf(given)));
  const tokens = useMemo(() => textTokens(context, cuts), [context, cuts]);
  const selection = useTokenSelection(tokens.length);
  const { first, last, selectRange } = selection;
  const chosen = passageOf(tokens, first, last);
  const lastEnd = tokens.at(-1)?.end ?? 0;

  const take = () => {
    if (chosen !== null) onChange(withAnswer(given, chosen));
  };
  const remove = (gone: (answer: LabelPassage) => boolean) => {
    const kept = given.filter((answer) => !gone(answer));
    if (kept.length < given.length) onChange(kept.length > 0 ? kept : null);
  };
  const removeChosen = () => {
    if (chosen !== null) remove((answer) => answer.start < endOf(chosen) && chosen.start < endOf(answer));
  };
  const split = () => {
    if (chosen === null) return;
    const inside = Array.from({ length: endOf(chosen) - chosen.start }, (_, index) => chosen.start + index);
    const finer = new Set([...cuts, ...inside]);
    const letters = textTokens(context, finer);
    setCuts(finer);
    selectRange(
      letters.findIndex((token) => token.start === chosen.start),
      letters.findIndex((token) => token.end === endOf(chosen)),
    );
  };
  const show = (answer: LabelPassage) => {
    selectRange(
      tokens.findIndex((token) => token.start === answer.start),
      tokens.findIndex((token) => token.end === endOf(answer)),
    );
  };
  useKeys((event) => {
    const key = event.key.toLowerCase();
    if (key === "a") take();
    else if (key === "n") onNone();
    else if (key === "l") split();
    else if (key === "backspace" || key === "delete") removeChosen();
    else return false;
    return true;
  });
  return (
    <div className={classes["spans"]}>
      <TokenText
        isProse
        tokens={tokens}
        selection={selection}
        after={Array.from(context).slice(lastEnd).join("")}
        markOf={(index) => {
          const token = tokens[index];
          const answer = token && answerAt(given, token);
          return token && answer ? { tone: 0, label: t("labelling.token_marked", { token: token.text, type: t("labelling.answer") }) } : undefined;
        }}
      />
      <div className={classes["labels"]} role="group" aria-label={t("labelling.answer_ways")}>
        <KeyButton keyName="A" isDisabled={chosen === null} onClick={take}>
          {t("labelling.take_answer", { text: shortened(chosen?.text ?? "", SHOWN) })}
        </KeyButton>
        <KeyButton keyName="⇧→" isDisabled={last >= tokens.length - 1} onClick={() => selectRange(first, last + 1)}>
          {t("labelling.longer")}
        </KeyButton>
        <KeyButton keyName="⇧←" isDisabled={last <= first} onClick={() => selectRange(first, last - 1)}>
          {t("labelling.shorter")}
        </KeyButton>
        <KeyButton keyName="L" isDisabled={chosen === null} onClick={split}>
          {t("labelling.by_letter")}
        </KeyButton>
        <KeyButton keyName="N" isPressed={answers?.length === 0} onClick={onNone}>
          {t("labelling.no_answer")}
        </KeyButton>
      </div>
      <section aria-label={t("labelling.answers")} className={classes["given"]}>
        <h2 className={classes["role"]}>{t("labelling.answers")}</h2>
        {answers === null && <p className="small muted">{t("labelling.answers_none_yet")}</p>}
        {answers?.length === 0 && <p>{t("labelling.answers_empty")}</p>}
        {given.length > 1 && <p className="small muted">{t("labelling.answers_any")}</p>}
        {given.length > 0 && (
          <ul className={classes["passages"]}>
            {given.map((answer) => (
              <li key={`${answer.start} ${answer.text}`}>
                <button type="button" className={classes["passage"]} onClick={() => show(answer)}>
                  {answer.text}
                </button>
                <button
                  type="button"
                  className={classes["remove"]}
                  aria-label={t("labelling.remove_answer", { text: shortened(answer.text, SHOWN) })}
                  onClick={() => remove((one) => one === answer)}
                >
                  <IconX size={16} aria-hidden />
                </button>
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}
