import { type CSSProperties, type ReactNode, useId, useState } from "react";

import classes from "@/components/fold-text.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const LINES = 6;
/** What six lines of a narrow column hold; a Chinese character takes the room of two letters. */
const ROOM = 260;
const WIDE = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/gu;

interface Props {
  text: string;
  /** The same text with marks in it, where there are any. */
  children?: ReactNode;
}

function isLong(text: string): boolean {
  const room = text.length + (text.match(WIDE)?.length ?? 0);
  return room > ROOM || text.split("\n").length > LINES;
}

/** Models that have learnt little write line after empty line; one of them tells as much. */
function withoutGaps(text: string): string {
  return text.trim().replace(/\n\s*\n\s*\n/g, "\n\n");
}

/** A text that somebody or a model has written: of a long one the first lines, and the rest on demand. */
export function FoldText({ text: written, children }: Props) {
  const { t } = useI18n();
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const text = withoutGaps(written);
  const canFold = isLong(text);
  return (
    <>
      <div id={id} className={classes["text"]} dir="auto" data-folded={(canFold && !isOpen) || undefined} style={{ "--lines": LINES } as CSSProperties}>
        {children ?? text}
      </div>
      {canFold && (
        <button type="button" className={classes["toggle"]} aria-expanded={isOpen} aria-controls={id} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? t("action.less") : t("action.whole")}
        </button>
      )}
    </>
  );
}
