import { type ReactNode, useId } from "react";

import classes from "@/components/radio-card.module.css";

interface Props {
  name: string;
  value: string;
  isChecked: boolean;
  isDisabled?: boolean;
  onChoose: () => void;
  title: string;
  text: string;
  facts?: string;
  /** What it comes to, at the foot of the card. */
  figures?: ReactNode;
  /** Takes the whole width of the frame. */
  isWide?: boolean;
}

interface FrameProps {
  legend: string;
  /** Three beside each other where there is room for it. */
  isNarrow?: boolean;
  /** Why the choice was refused. */
  error?: string | null;
  children: ReactNode;
}

/** The frame around several of them, named for screen readers. */
export function RadioCards({ legend, isNarrow = false, error = null, children }: FrameProps) {
  const id = useId();
  return (
    <fieldset
      className={classes["cards"]}
      data-narrow={isNarrow || undefined}
      data-refused={error !== null || undefined}
      aria-describedby={error === null ? undefined : id}
    >
      <legend className="visually-hidden">{legend}</legend>
      {children}
      {error !== null && (
        <p id={id} className={classes["refused"]} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** One choice with its reasons; a plain radio button underneath. */
export function RadioCard({ name, value, isChecked, isDisabled = false, onChoose, title, text, facts, figures, isWide = false }: Props) {
  const id = useId();
  return (
    <label className={classes["card"]} htmlFor={id} data-wide={isWide || undefined}>
      <input
        id={id}
        type="radio"
        name={name}
        value={value}
        checked={isChecked}
        disabled={isDisabled}
        onChange={onChoose}
        aria-label={title}
        aria-describedby={`${id}-text`}
      />
      <span className={classes["cardTitle"]}>{title}</span>
      <span id={`${id}-text`}>
        <span className={classes["cardText"]}>{text}</span>
        {facts !== undefined && <span className={classes["cardFacts"]}>{facts}</span>}
        {figures !== undefined && <span className={classes["cardFigures"]}>{figures}</span>}
      </span>
    </label>
  );
}
