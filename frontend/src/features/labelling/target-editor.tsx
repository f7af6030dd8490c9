import { Textarea } from "@mantine/core";
import { useEffect, useRef } from "react";

import classes from "@/features/labelling/labelling.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle } from "@/lib/tasks.ts";

const MOST_CHARACTERS = 20_000;

interface Props {
  target: string;
  /** Null where nothing is written. */
  onChange: (target: string | null) => void;
  onDone: (target: string) => void;
}

/** A text that is written, or the present one corrected. The keys of the page are letters here, until Escape leaves the field. */
export function TargetEditor({ target, onChange, onDone }: Props) {
  const { t } = useI18n();
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const { current } = field;
    current?.focus();
    current?.setSelectionRange(current.value.length, current.value.length);
  }, []);
  return (
    <Textarea
      ref={field}
      className={classes["target"] ?? ""}
      label={partTitle("target", t)}
      description={t("labelling.target_hint")}
      rows={7}
      resize="vertical"
      maxLength={MOST_CHARACTERS}
      value={target}
      onChange={(event) => onChange(event.currentTarget.value.trim() === "" ? null : event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Escape") event.currentTarget.blur();
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        if (target !== "") onDone(target);
      }}
    />
  );
}
