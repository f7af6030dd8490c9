import { useState } from "react";

import { LabelChoice } from "@/features/labelling/label-choice.tsx";
import { spanAt, withSpan } from "@/features/labelling/label-values.ts";
import classes from "@/features/labelling/labelling.module.css";
import { useKeys } from "@/lib/use-keys.ts";
import type { LabelSpan } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  tokens: readonly string[];
  types: readonly string[];
  spans: readonly LabelSpan[];
  onChange: (spans: LabelSpan[]) => void;
}

const TONES = 6;

/** Words to mark: drag over them, or go with the arrows and hold Shift; a number or a click says what they are. */
export function SpanEditor({ tokens, types, spans, onChange }: Props) {
  const { t } = useI18n();
  const [anchor, setAnchor] = useState(0);
  const [head, setHead] = useState(0);
  const first = Math.min(anchor, head);
  const last = Math.max(anchor, head);
  const tone = (type: string) => types.indexOf(type) % TONES;

  const select = (token: number, extends_: boolean) => {
    const place = Math.max(0, Math.min(tokens.length - 1, token));
    setHead(place);
    if (!extends_) setAnchor(place);
  };
  const mark = (type: string) => {
    if (tokens.length === 0) return;
    onChange(withSpan(spans, { type, start: first, end: last + 1 }));
    select(last, false);
  };
  const remove = () => onChange(spans.filter((span) => span.end <= first || span.start > last));
  useKeys((event) => {
    if (event.key === "ArrowRight") select(head + 1, event.shiftKey);
    else if (event.key === "ArrowLeft") select(head - 1, event.shiftKey);
    else if (event.key === "Backspace" || event.key === "Delete") remove();
    else return false;
    return true;
  });
  return (
    <div className={classes["spans"]}>
      <p className={classes["tokens"]}>
        {tokens.map((token, index) => {
          const span = spanAt(spans, index);
          return (
            <span key={index}>
              <button
                type="button"
                className={classes["token"]}
                data-tone={span ? tone(span.type) : undefined}
                data-selected={first <= index && index <= last}
                data-head={index === head}
                aria-pressed={span !== undefined}
                aria-label={span ? t("labelling.token_marked", { token, type: span.type }) : token}
                tabIndex={index === head ? 0 : -1}
                onPointerDown={(event) => {
                  if (event.pointerType === "mouse") event.preventDefault();
                  select(index, event.shiftKey);
                }}
                onPointerEnter={(event) => {
                  if (event.buttons === 1) select(index, true);
                }}
                onFocus={() => {
                  if (index !== head) select(index, false);
                }}
              >
                {token}
                {span?.end === index + 1 && <small aria-hidden>{span.type}</small>}
              </button>{" "}
            </span>
          );
        })}
      </p>
      <p className="visually-hidden" aria-live="polite">
        {tokens.slice(first, last + 1).join(" ")}
      </p>
      <LabelChoice labels={types} chosen={[]} onPick={mark} />
      {spanAt(spans, head) && (
        <button type="button" className={classes["quiet"]} onClick={remove}>
          {t("labelling.unmark")} <kbd aria-hidden>⌫</kbd>
        </button>
      )}
    </div>
  );
}
