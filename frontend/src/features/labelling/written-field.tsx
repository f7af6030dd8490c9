import { Textarea, type TextareaProps } from "@mantine/core";
import { useEffect, useRef } from "react";

/** As many as the server takes. */
const MOST_CHARACTERS = 20_000;

interface Props extends Omit<TextareaProps, "onChange" | "value"> {
  value: string;
  onWrite: (text: string) => void;
  /** Escape: the keys are those of the page again. */
  onLeave: (field: HTMLTextAreaElement) => void;
  /** Ctrl-Enter. */
  onDone: () => void;
}

/** A text that is written, with the caret at its end. The keys of the page are letters here, until Escape leaves the field. */
export function WrittenField({ onWrite, onLeave, onDone, ...shown }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const { current } = field;
    current?.focus();
    current?.setSelectionRange(current.value.length, current.value.length);
  }, []);
  return (
    <Textarea
      {...shown}
      ref={field}
      resize="vertical"
      maxLength={MOST_CHARACTERS}
      onChange={(event) => onWrite(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Escape") onLeave(event.currentTarget);
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        onDone();
      }}
    />
  );
}
