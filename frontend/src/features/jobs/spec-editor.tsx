import { Button } from "@mantine/core";
import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react";

import { type SpecSchema, type Suggestion, suggestionsAt } from "@/features/jobs/spec-schema.ts";
import classes from "@/features/jobs/spec-editor.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { contextAt, lineOf } from "@/lib/json-text.ts";

export interface SpecProblem {
  offset: number;
  message: string;
}

interface Props {
  text: string;
  schema: SpecSchema | null;
  problems: readonly SpecProblem[];
  isReadOnly: boolean;
  onChange: (text: string) => void;
}

const MOST_SUGGESTIONS = 8;

/**
 * A launch as JSON: lines numbered, problems listed and marked, names and closed values offered while typing. Tab leaves
 * the field as everywhere; Ctrl+Space asks for what could stand at the caret.
 */
export function SpecEditor({ text, schema, problems, isReadOnly, onChange }: Props) {
  const { t } = useI18n();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState(0);
  const [isOpen, setIsOpen] = useState(false);
  const [active, setActive] = useState(0);
  const lines = text.split("\n").length;
  const marked = new Map(problems.map(({ offset, message }) => [lineOf(text, offset).line, message]));
  const context = useMemo(() => (isOpen ? contextAt(text, caret) : null), [isOpen, text, caret]);
  const offered = context === null || schema === null ? [] : suggestionsAt(schema, context).slice(0, MOST_SUGGESTIONS);
  const chosen = offered[Math.min(active, offered.length - 1)];
  const option = (index: number) => `${id}-option-${index}`;

  const goTo = (offset: number) => {
    field.current?.focus();
    field.current?.setSelectionRange(offset, offset);
    setCaret(offset);
  };
  const accept = ({ insert }: Suggestion) => {
    const area = field.current;
    if (context === null || area === null) return;
    // A colon that stands there already is not written twice.
    const rest = text.slice(context.to);
    const piece = /^\s*:/.test(rest) ? insert.replace(/:\s*$/, "") : insert;
    const end = context.from + piece.length;
    onChange(text.slice(0, context.from) + piece + rest);
    setIsOpen(context.wants === "name");
    setActive(0);
    setCaret(end);
    // After the new text is in the field.
    requestAnimationFrame(() => area.setSelectionRange(end, end));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      setCaret(field.current?.selectionStart ?? 0);
      setActive(0);
      setIsOpen(true);
      return;
    }
    if (chosen === undefined) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") setActive((active + (event.key === "ArrowDown" ? 1 : offered.length - 1)) % offered.length);
    else if (event.key === "Enter" || event.key === "Tab") accept(chosen);
    else if (event.key === "Escape") setIsOpen(false);
    else return;
    event.preventDefault();
  };
  return (
    <div className="stack">
      <div className={classes["editor"]}>
        <ol className={classes["lines"]} aria-hidden>
          {Array.from({ length: lines }, (_, index) => (
            <li key={index} data-marked={marked.has(index + 1) || undefined} />
          ))}
        </ol>
        <textarea
          ref={field}
          className={classes["text"]}
          aria-label={t("spec.text")}
          aria-describedby={`${id}-keys`}
          aria-invalid={problems.length > 0}
          aria-autocomplete="list"
          aria-controls={chosen === undefined ? undefined : `${id}-list`}
          aria-activedescendant={chosen === undefined ? undefined : option(offered.indexOf(chosen))}
          rows={Math.max(8, lines)}
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          readOnly={isReadOnly}
          value={text}
          onChange={(event) => {
            onChange(event.currentTarget.value);
            setCaret(event.currentTarget.selectionStart);
            setActive(0);
            setIsOpen(true);
          }}
          onKeyDown={onKeyDown}
          onClick={() => setIsOpen(false)}
          onBlur={() => setIsOpen(false)}
        />
      </div>
      <div className={classes["below"]}>
        {chosen !== undefined && (
          <div id={`${id}-list`} role="listbox" aria-label={t("spec.suggestions")} className={classes["suggestions"]}>
            {offered.map((one, index) => (
              <div
                key={one.text}
                id={option(index)}
                role="option"
                tabIndex={-1}
                aria-selected={one === chosen}
                // The field keeps the focus.
                onMouseDown={(event) => {
                  event.preventDefault();
                  accept(one);
                }}
              >
                <code>{one.text}</code>
                {one.hint !== "" && <span>{one.hint}</span>}
              </div>
            ))}
          </div>
        )}
        <p id={`${id}-keys`} className="small muted">
          {t("spec.keys")}
        </p>
      </div>
      <div aria-live="polite">
        {problems.length > 0 && (
          <ul className={classes["problems"]} aria-label={t("spec.problems")}>
            {problems.map(({ offset, message }) => (
              <li key={`${offset} ${message}`}>
                <Button variant="subtle" size="compact-sm" onClick={() => goTo(offset)}>
                  {t("spec.line", { line: lineOf(text, offset).line })}
                </Button>
                <span>{message}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
