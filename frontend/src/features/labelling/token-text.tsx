import { memo } from "react";

import classes from "@/features/labelling/labelling.module.css";
import type { TokenSelection } from "@/features/labelling/use-token-selection.ts";

export interface TokenMark {
  tone: number;
  /** What is read out for the marked token. */
  label: string;
  /** Written after the last token of a mark. */
  end?: string | undefined;
}

interface Props {
  tokens: readonly { text: string; before: string }[];
  selection: TokenSelection;
  markOf: (index: number) => TokenMark | undefined;
  /** A text that is read as it is written, signs close to their words. */
  isProse?: boolean;
  /** What stands after the last token. */
  after?: string;
}

/** Words that can be chosen: drag over them, or go with the arrows and hold Shift. */
export function TokenText({ tokens, selection, markOf, isProse = false, after = "" }: Props) {
  const { first, last, head, place, select } = selection;
  const tokenAt = (target: EventTarget) => {
    const found = target instanceof Element ? target.closest<HTMLElement>("[data-token]") : null;
    return found === null ? null : Number(found.dataset["token"]);
  };
  return (
    <>
      <div
        ref={place}
        role="presentation"
        className={classes["tokens"]}
        data-prose={isProse || undefined}
        onPointerDown={(event) => {
          const token = tokenAt(event.target);
          if (token === null) return;
          if (event.pointerType === "mouse") event.preventDefault();
          select(token, event.shiftKey);
        }}
        onPointerOver={(event) => {
          const token = event.buttons === 1 ? tokenAt(event.target) : null;
          if (token !== null) select(token, true);
        }}
        onFocus={(event) => {
          const token = tokenAt(event.target);
          if (token !== null && token !== head) select(token, false);
        }}
      >
        {tokens.map((token, index) => {
          const mark = markOf(index);
          return (
            <Token
              key={index}
              index={index}
              before={token.before}
              text={token.text}
              tone={mark?.tone}
              label={mark?.label}
              end={mark?.end}
              isSelected={first <= index && index <= last}
              isHead={index === head}
              isJoined={isProse && index > 0 && ((first < index && index <= last) || (mark !== undefined && markOf(index - 1) !== undefined))}
            />
          );
        })}
        {after}
      </div>
      <p className="visually-hidden" aria-live="polite">
        {tokens
          .slice(first, last + 1)
          .map((token) => token.text)
          .join(" ")}
      </p>
    </>
  );
}

interface TokenProps {
  index: number;
  before: string;
  text: string;
  tone: number | undefined;
  label: string | undefined;
  end: string | undefined;
  isSelected: boolean;
  isHead: boolean;
  /** It and the token before it are one stretch, with what stands between them. */
  isJoined: boolean;
}

/** Drawn again only when something about this word changes: a text may have thousands. */
const Token = memo(function Token({ index, before, text, tone, label, end, isSelected, isHead, isJoined }: TokenProps) {
  return (
    <>
      {!isJoined && before}
      <span
        role="button"
        className={classes["token"]}
        data-token={index}
        data-tone={tone}
        data-selected={isSelected}
        data-head={isHead}
        aria-pressed={tone !== undefined}
        aria-label={label ?? text}
        tabIndex={isHead ? 0 : -1}
      >
        {isJoined && before}
        {text}
        {end !== undefined && <small aria-hidden>{end}</small>}
      </span>
    </>
  );
});
